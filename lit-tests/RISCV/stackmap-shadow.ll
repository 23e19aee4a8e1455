; A shadow is filled by what follows it, by nops only before the next map.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  {{^}}.Ltmp1:
; CHECK-NEXT:  ret
; CHECK-NEXT:  .Lfunc_end0:
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 4)
  ret void
}

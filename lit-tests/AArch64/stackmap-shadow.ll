; A shadow is filled by what follows it, by nops only at the end of the block or before the next map.
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  .Ltmp1:
; CHECK-NEXT:  ldp x29, x30
; CHECK-NEXT:  ret
; CHECK-NEXT:  .Lfunc_end0:
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 8)
  ret void
}

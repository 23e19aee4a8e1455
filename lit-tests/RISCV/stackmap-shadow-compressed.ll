; With the C extension a nop has two bytes: a shadow of 8 bytes without instructions is four of them.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  {{^}}.Ltmp1:
; CHECK-NEXT:  ret
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  ret void
}

; A patchpoint without a call needs no thunk: with retpolines it is nops as always.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -mattr=+retpoline-indirect-calls < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK-NEXT:  popq %rbp
define void @caller() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 5, ptr null, i32 0)
  ret void
}

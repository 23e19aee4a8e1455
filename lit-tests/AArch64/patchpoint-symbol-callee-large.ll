; L3: in the large code model of Mach-O, which MCJIT takes by default, a symbol callee is called by its address out of
; the GOT, as in any other call: a bl could not reach it. What is in the same object may be called by a bl.
;
; RUN: llc -mtriple=arm64-apple-macosx -code-model=large < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

define internal void @near() {
  ret void
}

; CHECK-LABEL: _caller:
; CHECK:       Ltmp0:
; CHECK-NEXT:  adrp x16, _callee@GOTPAGE
; CHECK-NEXT:  ldr x16, [x16, _callee@GOTPAGEOFF]
; CHECK-NEXT:  blr x16
; CHECK-NEXT:  nop
; CHECK:       _near
; CHECK:       ret
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr @callee, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 16, ptr @near, i32 0)
  ret void
}

; L10: with retpolines a statepoint whose callee is in a register must call through the thunk, as every other indirect
; call does, or be diagnosed; it must not end in a fatal error (X86MCInstLower.cpp: "Lowering register statepoints with
; thunks not yet implemented.").
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -mattr=+retpoline-indirect-calls < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, %r11
; CHECK-NEXT:  callq __llvm_retpoline_r11
; CHECK:       retq
define void @caller(ptr %fn) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) %fn, i32 0, i32 0, i32 0, i32 0)
  ret void
}

; L10: with retpolines a patchpoint must call through the thunk, as every other indirect call does, or be diagnosed;
; it must not end in a fatal error (X86MCInstLower.cpp: "Lowering patchpoint with thunks not yet implemented.").
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -mattr=+retpoline-indirect-calls < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq __llvm_retpoline_r11
; CHECK:       retq
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 20, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

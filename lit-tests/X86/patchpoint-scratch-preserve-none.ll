; L7: with preserve_nonecc the eleventh argument is in r11, which the call's movabsq then overwrites: the callee
; gets its own address for an argument. The target has to be in a register that no argument has.
; (X86ISelLoweringCall.cpp, getScratchRegisters; the calling convention is new in LLVM 19.)
;
; REQUIRES: llvm-ge-19
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NOT:   movabsq $244837814094590, %r11
; CHECK:       callq
define i64 @caller(i64 %v) {
  %r = call preserve_nonecc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 11, i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 %v)
  ret i64 %r
}

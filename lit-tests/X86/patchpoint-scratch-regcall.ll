; L7: x86_regcallcc on Windows passes its ninth argument in r11, which the call's movabsq then overwrites. (Version 4
; of the convention, with the module flag RegCallv4, has no r10: there it is the eighth.) The target has to be in a
; register that no argument has, and that is still the caller's own after it returns.
; (X86ISelLoweringCall.cpp, getScratchRegisters.)
;
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | FileCheck %s
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NOT:   movabsq $244837814094590, %{{rax|rcx|rdx|rdi|rsi|r8|r9|r10|r11|r12|r14|r15}}
; CHECK:       callq *%[[SCRATCH:r[a-z0-9]+]]
; CHECK:       popq %[[SCRATCH]]
; CHECK:       retq
define i64 @caller(i64 %v) {
  %r = call x86_regcallcc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 12, i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 %v)
  ret i64 %r
}

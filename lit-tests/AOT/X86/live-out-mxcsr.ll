; A program computes with floating point numbers after its patchpoint. The arithmetic reads MXCSR, which is live out of
; the patchpoint and has no DWARF number: the compiler dies of it (issues 53828 and 85828, StackMaps.cpp,
; createLiveOutReg). The callee destroys every register that it may, and the sum is right all the same.
;
; REQUIRES: run-x86_64
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

define void @destroy() noinline {
  call void asm sideeffect "pcmpeqd %xmm0, %xmm0\0Apcmpeqd %xmm15, %xmm15\0Amovq $$-1, %rax\0Amovq $$-1, %rcx", "~{xmm0},~{xmm15},~{rax},~{rcx}"()
  ret void
}

define double @sum(double %x, double %y) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @destroy, i32 0)
  %r = fadd double %x, %y
  ret double %r
}

define i32 @main() {
  %r = call double @sum(double 1.5, double 2.25)
  %wrong = fcmp une double %r, 3.75
  %status = zext i1 %wrong to i32
  ret i32 %status
}

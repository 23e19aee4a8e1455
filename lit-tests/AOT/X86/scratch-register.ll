; L7: all eleven arguments of a preserve_none call arrive. The eleventh is passed in r11, which is also the
; register that a patchpoint loads its callee's address into: the callee sees its own address
; (X86CallingConv.td, CC_X86_64_Preserve_None; X86ISelLowering.cpp, getScratchRegisters).
;
; REQUIRES: run-x86_64, llvm-ge-19
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

define preserve_nonecc i64 @last_minus_first(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g, i64 %h, i64 %i, i64 %j, i64 %k) noinline {
  %r = sub i64 %k, %a
  ret i64 %r
}

define i32 @main() {
  %r = call preserve_nonecc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @last_minus_first, i32 11, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 110)
  %wrong = icmp ne i64 %r, 109
  %status = zext i1 %wrong to i32
  ret i32 %status
}

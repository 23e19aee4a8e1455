; A position independent executable: text that refers to a callee by its absolute address would have to be written to
; before it runs, which linkers and systems refuse (-z text). A feature that LLVM lacks: today it is `movabsq $callee,
; %r11` in every relocation model (X86MCInstLower.cpp, LowerPATCHPOINT). This program has no loader that would relocate
; anything.
;
; REQUIRES: run-x86_64
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -o %t.s %s
; Stack maps should be writable data (issue 55622); in a section of another name they may be.
; RUN: sed -e 's/\.llvm_stackmaps,"a"/.stackmaps,"aw"/' %t.s > %t.writable.s
; RUN: %as-x86_64 -o %t.o %t.writable.s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -pie --no-dynamic-linker -z text -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe
; RUN: llc -O0 -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -o %t.O0.s %s
; RUN: sed -e 's/\.llvm_stackmaps,"a"/.stackmaps,"aw"/' %t.O0.s > %t.O0.writable.s
; RUN: %as-x86_64 -o %t.O0.o %t.O0.writable.s
; RUN: %ld-x86_64 -pie --no-dynamic-linker -z text -o %t.O0.exe %t.O0.o %t.run.o
; RUN: %run-x86_64 %t.O0.exe
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@same = hidden alias i64 (i64, i64, i64), ptr @weighted

define hidden i64 @weighted(i64 %a, i64 %b, i64 %c) noinline {
  %b10 = mul i64 %b, 10
  %c100 = mul i64 %c, 100
  %ab = add i64 %a, %b10
  %abc = add i64 %ab, %c100
  ret i64 %abc
}

define internal i64 @twice(i64 %x) noinline {
  %r = mul i64 %x, 2
  ret i64 %r
}

define dso_local i64 @thrice(i64 %x) noinline {
  %r = mul i64 %x, 3
  ret i64 %r
}

define i32 @main() {
  %a = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @weighted, i32 3, i64 1, i64 2, i64 3)
  %b = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 40, ptr @twice, i32 1, i64 %a)
  %c = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 40, ptr @same, i32 3, i64 %b, i64 0, i64 1)
  %d = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 4, i32 14, ptr @thrice, i32 1, i64 %c)
  %wrong = icmp ne i64 %d, 2226
  %status = zext i1 %wrong to i32
  ret i32 %status
}

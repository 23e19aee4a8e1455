; L13: a runtime that stops at an anyregcc patchpoint on AArch64 finds a zero where the map says, in a register. LLVM
; says that it is in register 31, which is the stack pointer: not zero.
;
; REQUIRES: aarch64-registered-target, run-aarch64, roots-oracle
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: %as-aarch64 -o %t.run.o %S/../Inputs/aarch64.s
; RUN: %ld-aarch64 --section-start=.capture=0x20000000 -o %t.exe %t.o %t.run.o
; RUN: %run-aarch64 %t.exe > %t.capture
; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; ROOTS: 7: i64 0 in Register, i64 77 in Register, i32 0 in Register
define i32 @main() {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 3, i64 0, i64 77, i32 0)
  ret i32 0
}

; Issue 55609: a collector that stops at a patchpoint finds constants of 128 bits by value. LLVM 20 and later record a
; pointer of the compiler's own for one that does not fit into 32 bits, and what it points to is gone ("Result type 0
; illegal" with assertions).
;
; REQUIRES: run-x86_64, roots-oracle
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe > %t.capture
; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe
; XFAIL: llvm-20, llvm-ge-22

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @capture()

; ROOTS: 1: i64 5 in Constant, i64 -1 in Constant, i64 0x7fffffffffffffff in ConstantIndex, i64 77 in Constant
define i32 @main() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @capture, i32 0, i128 5, i128 -1, i128 9223372036854775807, i64 77)
  ret i32 0
}

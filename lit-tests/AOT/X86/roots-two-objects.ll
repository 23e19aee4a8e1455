; A linker puts the stack maps of its objects one after another; in each, record ids and constants are those of its
; own object. A collector that stops in either finds its roots.
;
; REQUIRES: run-x86_64, roots-oracle
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.second.o %S/../Inputs/second-object.ll
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.second.o %t.run.o
; RUN: %run-x86_64 %t.exe > %t.capture
; RUN: cat %s %S/../Inputs/second-object.ll > %t.expected
; RUN: %stackmap roots --capture %t.capture --expect %t.expected %t.exe

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @capture()
declare void @elsewhere(i64)

; ROOTS: 1: i64 0x1111111122222222, i64 0x123456789abcdef in ConstantIndex
define void @here(i64 %a) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @capture, i32 0, i64 %a, i64 81985529216486895)
  ret void
}

; Once more, with other values.
; ROOTS: 1: i64 -1, i64 0x123456789abcdef in ConstantIndex
define i32 @main() {
  call void @here(i64 1229782938533634594)
  call void @elsewhere(i64 3689348815028241510)
  call void @here(i64 -1)
  ret i32 0
}

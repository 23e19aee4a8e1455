; Issue 85828: floating-point arithmetic after a patchpoint makes FPCR live out of it, which has no DWARF number: a
; null pointer is followed in StackMaps.cpp. The register has to be left out of the record.
; LLVM 9 writes no map into ELF of AArch64.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: llvm-ge-16

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: record 1
; CHECK: live-out reg 64, size
define double @sum(double %x, double %y) {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr null, i32 0)
  %r = fadd double %x, %y
  ret double %r
}

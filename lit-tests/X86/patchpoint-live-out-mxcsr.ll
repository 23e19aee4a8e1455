; Floating-point arithmetic after a patchpoint reads MXCSR, which is then live out of it and has no DWARF
; number: StackMaps::createLiveOutReg dereferences a null pointer or asserts. A register without a number has to
; be left out of the record. (Issue 53828; issue 85828 is the same on AArch64.)
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t < %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: llvm-ge-10

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: sum:
; CHECK:       nopw
; CHECK:       addsd {{.*}}, %xmm0
define double @sum(double %x, double %y) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  %r = fadd double %x, %y
  ret double %r
}

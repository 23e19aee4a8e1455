; L19: an integer that is shorter than a register is recorded with the number of the general-purpose register it is in, and
; no live-out is a register that the machine has not. LLVM says 1203 for r3: a register of the SPE extension, which no
; 64-bit machine has (PPCRegisterInfo.td). LLVM 11 never comes to an end.
;
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=powerpc64-unknown-linux-gnu < %s | %records | FileCheck %s
; UNSUPPORTED: llvm-11
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:       record 1
; CHECK-NEXT:  Register reg 3, size 4
; CHECK-NEXT:  Register reg 4, size 4
; CHECK-NEXT:  Register reg 5, size 4
define void @narrow(i32 %a, i16 %b, i8 %c) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i32 %a, i16 %b, i8 %c)
  ret void
}

; CHECK:       record 2
; CHECK:       live-out reg 1, size 8
; CHECK:       live-out reg 30, size 8
; CHECK-NOT:   reg 12{{[0-9][0-9]}}
define void @live_out() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 4, ptr null, i32 0)
  ret void
}

; A callee-saved register that the function never saves holds its caller's value across the patchpoint: it is live
; out of it (pristine), and whoever patches in code must keep it. Those that the function saves are its own.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | %records | FileCheck %s
; XFAIL: !llvm-ge-19

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:     record 1
; CHECK-DAG: live-out reg 3, size 8
; CHECK-DAG: live-out reg 12, size 8
; CHECK-DAG: live-out reg 15, size 8
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  ret void
}

; L5: ra is not a live-out of a patchpoint: its call destroys it. A runtime that keeps what is listed could not patch in any
; call.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:     record 1
; CHECK-NOT: live-out reg 1,
; CHECK:     live-out reg 8, size 8
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 8, ptr null, i32 0)
  ret void
}

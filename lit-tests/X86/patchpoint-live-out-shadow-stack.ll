; Issue 53828, as it was reported: what reads the shadow-stack pointer makes SSP live out of a patchpoint, and SSP
; has no DWARF number. With exceptions every landing pad may read it.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i64 @llvm.x86.rdsspq(i64)

; CHECK: record 1
define i64 @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  %r = call i64 @llvm.x86.rdsspq(i64 0)
  ret i64 %r
}

; Issue 55609: a constant of more than 64 bits with sign has no place in the map: it must be an error, or recorded
; in full as several locations, never cut off without a word.
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck --check-prefix=ERROR %s || llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; ERROR:      error:
; CHECK:      record 1
; CHECK-NEXT: Constant 0, size 8
; CHECK-NEXT: Constant 1, size 8
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i128 18446744073709551616)
  ret void
}

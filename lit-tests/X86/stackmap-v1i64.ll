; Issue 55613: a vector of one element is that element, also as a live value. Type legalization does not know how
; ("Do not know how to scalarize this operator's operand!").
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg {{[0-9]+}}, size 8
define void @caller(<1 x i64> %v) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, <1 x i64> %v)
  ret void
}

; Issue 142314: an object of the frame that is recorded by its address and loaded from as well is both: the record says
; Direct, and the load reads the same place. (With typed pointers, at -O0, what is live is a cast of its address.)
;
; REQUIRES: opaque-pointers
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Direct reg 6, offset -{{[0-9]+}}, size 8
; CHECK-NEXT: {{Register reg [0-9]+|Indirect reg 6, offset -[0-9]+}}, size 8
; CHECK-NEXT: Direct reg 6, offset -{{[0-9]+}}, size 8
define i64 @caller(i64 %a) {
  %object = alloca i64
  store volatile i64 %a, ptr %object
  %before = load i64, ptr %object
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, ptr %object, i64 %before, ptr %object)
  %after = load i64, ptr %object
  ret i64 %after
}

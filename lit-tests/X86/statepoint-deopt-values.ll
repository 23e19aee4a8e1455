; A deoptimisation value has its own size in the frame, also where a larger slot is free, and constants have their sign:
; whoever reads eight bytes of an i32 reads its neighbour. The first three locations are convention, flags and number.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | %records | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @callee()

; CHECK:      record 1
; CHECK-NEXT: Constant 0, size 8
; CHECK-NEXT: Constant 0, size 8
; CHECK-NEXT: Constant 8, size 8
; CHECK-NEXT: Indirect reg 7, offset {{[0-9]+}}, size 4
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: Indirect reg 7, offset {{[0-9]+}}, size 1
; CHECK-NEXT: Constant -128, size 8
; CHECK-NEXT: Indirect reg 7, offset {{[0-9]+}}, size 2
; CHECK-NEXT: Constant -2, size 8
; CHECK-NEXT: Indirect reg 7, offset {{[0-9]+}}, size 8
; CHECK-NEXT: Constant -3, size 8
define void @sizes(i32 %line, i8 %flag, i16 %depth, i64 %count) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "deopt"(i32 %line, i32 -1, i8 %flag, i8 -128, i16 %depth, i16 -2, i64 %count, i64 -3) ]
  ret void
}

; The i64's slot is free again at the second statepoint.
; CHECK:      record 2
; CHECK:      Constant 1, size 8
; CHECK-NEXT: {{^ *}}Indirect reg 7, offset [[WIDE:[0-9]+]], size 8
; CHECK:      record 3
; CHECK:      Constant 1, size 8
; CHECK-NEXT: Indirect reg 7, offset {{[0-9]+}}, size 4
; CHECK:      record 4
; CHECK:      Constant 1, size 8
; CHECK-NEXT: Indirect reg 7, offset [[WIDE]], size 8
define void @slots(i64 %first, i32 %second, i64 %third) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 2, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "deopt"(i64 %first) ]
  %u = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 3, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "deopt"(i32 %second) ]
  %v = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 4, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "deopt"(i64 %third) ]
  ret void
}

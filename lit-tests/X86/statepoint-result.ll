; A statepoint's result arrives where the callee leaves it, in one register, in two, in an SSE register, and is there in
; the block of the statepoint and in another.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare i64 @llvm.experimental.gc.result.i64(token)
declare i128 @llvm.experimental.gc.result.i128(token)
declare double @llvm.experimental.gc.result.f64(token)
declare i64 @word()
declare i128 @two_words()
declare double @fraction()

; CHECK-LABEL: one:
; CHECK:       callq word@PLT
; CHECK-NEXT:  .Ltmp0:
; CHECK-NEXT:  incq %rax
define i64 @one() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(i64 ()) @word, i32 0, i32 0, i32 0, i32 0)
  %r = call i64 @llvm.experimental.gc.result.i64(token %t)
  %sum = add i64 %r, 1
  ret i64 %sum
}

; CHECK-LABEL: two:
; CHECK:       callq two_words@PLT
; CHECK-NEXT:  .Ltmp1:
; CHECK:       movq %rdx, %rax
define i128 @two() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 2, i32 0, ptr elementtype(i128 ()) @two_words, i32 0, i32 0, i32 0, i32 0)
  %r = call i128 @llvm.experimental.gc.result.i128(token %t)
  %high = lshr i128 %r, 64
  %low = shl i128 %r, 64
  %swapped = or i128 %high, %low
  ret i128 %swapped
}

; CHECK-LABEL: elsewhere:
; CHECK:       callq fraction@PLT
; CHECK-NEXT:  .Ltmp2:
; CHECK:       addsd %xmm0, %xmm0
define double @elsewhere(i1 %which) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 3, i32 0, ptr elementtype(double ()) @fraction, i32 0, i32 0, i32 0, i32 0)
  br i1 %which, label %use, label %drop

use:
  %r = call double @llvm.experimental.gc.result.f64(token %t)
  %sum = fadd double %r, %r
  ret double %sum

drop:
  ret double 1.0
}

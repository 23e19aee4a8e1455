; L23: a result too large for registers is returned in memory, which the caller provides: one call, which is the
; statepoint, then a load. Today the selector crashes; with assertions the loads are in the way: CALLSEQ_END "expected!"
; (StatepointLowering.cpp, lowerCallFromStatepointLoweringInfo).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare [9 x i64] @llvm.experimental.gc.result.a9i64(token)
declare [9 x i64] @several()

; CHECK-LABEL: caller:
; CHECK:       bl several
; CHECK-NEXT:  .Ltmp0:
; CHECK-NOT:   bl {{[a-z0-9]}}
; CHECK:       ret
define i64 @caller() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype([9 x i64] ()) @several, i32 0, i32 0, i32 0, i32 0)
  %r = call [9 x i64] @llvm.experimental.gc.result.a9i64(token %t)
  %last = extractvalue [9 x i64] %r, 8
  ret i64 %last
}

; L23: a result too large for registers is returned in memory, which the caller provides: one call, which is the
; statepoint, then a load. Today the selector crashes; with assertions the loads are in the way: CALLSEQ_END "expected!"
; (StatepointLowering.cpp, lowerCallFromStatepointLoweringInfo).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare { i64, i64, i64 } @llvm.experimental.gc.result.sl_i64i64i64s(token)
declare { i64, i64, i64 } @several()

; CHECK-LABEL: caller:
; CHECK:       call several
; CHECK-NEXT:  .Ltmp0:
; CHECK-NOT:   call {{[a-z0-9]}}
; CHECK:       ret
define i64 @caller() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype({ i64, i64, i64 } ()) @several, i32 0, i32 0, i32 0, i32 0)
  %r = call { i64, i64, i64 } @llvm.experimental.gc.result.sl_i64i64i64s(token %t)
  %last = extractvalue { i64, i64, i64 } %r, 2
  ret i64 %last
}

; L23: a result that does not fit into registers is returned in memory, which the caller provides: one call, which is the
; statepoint, then loads. Today the callee is called without a statepoint, and then address 0 with one; with assertions
; the loads are in the way: CALLSEQ_END "expected!" (StatepointLowering.cpp, lowerCallFromStatepointLoweringInfo).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare i256 @llvm.experimental.gc.result.i256(token)
declare i256 @wide()

; CHECK-LABEL: here:
; CHECK:       callq wide@PLT
; CHECK-NEXT:  .Ltmp0:
; CHECK-NOT:   callq
; CHECK:       retq
define i64 @here() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(i256 ()) @wide, i32 0, i32 0, i32 0, i32 0)
  %r = call i256 @llvm.experimental.gc.result.i256(token %t)
  %high = lshr i256 %r, 192
  %word = trunc i256 %high to i64
  ret i64 %word
}

; CHECK-LABEL: invoked:
; CHECK:       callq wide@PLT
; CHECK-NOT:   callq
; CHECK:       .Ltmp
; CHECK-NOT:   callq
; CHECK:       .cfi_endproc
define i64 @invoked(ptr addrspace(1) %object) gc "statepoint-example" personality ptr @__gxx_personality_v0 {
  %t = invoke token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 2, i32 0, ptr elementtype(i256 ()) @wide, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
          to label %ok unwind label %bad

ok:
  %r = call i256 @llvm.experimental.gc.result.i256(token %t)
  %high = lshr i256 %r, 192
  %word = trunc i256 %high to i64
  ret i64 %word

bad:
  %pad = landingpad token
          cleanup
  ret i64 0
}

declare i32 @__gxx_personality_v0(...)

; L23's like: a result on the x87 stack is popped after the call, which is the statepoint. LLVM 21 and later call the callee
; without a statepoint and then address 0 with one, as what pops is no CopyFromReg any more (StatepointLowering.cpp,
; lowerCallFromStatepointLoweringInfo; since #128055).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: llvm-ge-21

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare x86_fp80 @llvm.experimental.gc.result.f80(token)
declare x86_fp80 @long_fraction()

; CHECK-LABEL: caller:
; CHECK:       callq long_fraction@PLT
; CHECK-NEXT:  .Ltmp0:
; CHECK-NOT:   callq
; CHECK:       fchs
; CHECK:       retq
define x86_fp80 @caller() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(x86_fp80 ()) @long_fraction, i32 0, i32 0, i32 0, i32 0)
  %r = call x86_fp80 @llvm.experimental.gc.result.f80(token %t)
  %n = fneg x86_fp80 %r
  ret x86_fp80 %n
}

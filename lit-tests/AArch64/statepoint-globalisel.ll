; Issue 57349: GlobalISel, the default at -O0, has no statepoint and no tokens; the function must fall back to SelectionDAG
; before it has lost one.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -global-isel -global-isel-abort=2 < %s | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare i64 @llvm.experimental.gc.result.i64(token)
declare i64 @value()

; CHECK-LABEL: caller:
; CHECK:       bl value
; CHECK-NEXT:  .Ltmp0:
; CHECK:       ret
; CHECK:       .xword 7
define i64 @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(i64 ()) @value, i32 0, i32 0, i32 0, i32 0)
  %r = call i64 @llvm.experimental.gc.result.i64(token %t)
  ret i64 %r
}

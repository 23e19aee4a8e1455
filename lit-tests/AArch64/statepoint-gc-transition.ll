; Issue 61264: a call to another world (gc-transition) must compile, with whatever the target does for it: nothing, or an
; error that says so. Nothing selects gc_transition.start and .end on AArch64.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       bl callee
define void @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 1, i32 0, i32 0) [ "gc-transition"(i64 5) ]
  ret void
}

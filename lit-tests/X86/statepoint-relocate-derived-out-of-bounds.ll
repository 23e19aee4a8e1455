; L25: the same for the derived pointer, with a negative index, which is a large one.
;
; REQUIRES: llvm-ge-15
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-23

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK: gc.relocate: statepoint derived index out of bounds
define ptr addrspace(1) @caller(ptr addrspace(1) %object) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 -7)
  ret ptr addrspace(1) %moved
}

; L25: an index beyond the live pointers of the statepoint is a verifier error. Before LLVM 23 llc crashes while it prints that error:
; the comment after a relocate names both pointers, without asking whether they are there (lib/IR/AsmWriter.cpp,
; printGCRelocateComment).
;
; REQUIRES: llvm-ge-15
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-23

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK: gc.relocate: statepoint base index out of bounds
define ptr addrspace(1) @caller(ptr addrspace(1) %object) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 3000000, i32 0)
  ret ptr addrspace(1) %moved
}

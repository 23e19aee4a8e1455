; L25: a statepoint with nothing live has nothing to relocate: a verifier error. Today the index is one into all arguments of
; the statepoint, unchecked, and the verifier itself reads what lies after them (lib/IR/Verifier.cpp, visitIntrinsicCall;
; IntrinsicInst.cpp, getBasePtr).
;
; REQUIRES: llvm-ge-15
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK: gc.relocate: statepoint base index out of bounds
define ptr addrspace(1) @caller(ptr addrspace(1) %object) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0)
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 3000000, i32 3000000)
  ret ptr addrspace(1) %moved
}

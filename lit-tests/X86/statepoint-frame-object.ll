; Issue 142314: an object of the frame that a statepoint records is there by its address (Direct), both as a deopt value
; and as a root, whatever is loaded from it.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | %records | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK:      record 7
; CHECK-NEXT: Constant 0
; CHECK-NEXT: Constant 0
; CHECK-NEXT: Constant 2
; CHECK-NEXT: {{^ *}}Direct reg 7, offset [[OBJECT:[0-9]+]], size 8
; CHECK-NEXT: Constant 5, size 8
; CHECK-NEXT: Direct reg 7, offset [[OBJECT]], size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %value) gc "statepoint-example" {
  %object = alloca ptr addrspace(1)
  store volatile ptr addrspace(1) %value, ptr %object
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "deopt"(ptr %object, i32 5), "gc-live"(ptr %object) ]
  %after = load volatile ptr addrspace(1), ptr %object
  ret ptr addrspace(1) %after
}

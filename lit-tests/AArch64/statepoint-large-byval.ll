; Issue 75162: a statepoint's locations are those at its call, with a large struct passed by value on the stack below: 800
; bytes of it and the frame's 24.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @large(ptr byval([100 x i64]))

; CHECK-LABEL: caller:
; CHECK:       mov x29, sp
; CHECK-NEXT:  sub sp, sp, #800
; CHECK:       str x0, [x29, #24]
; CHECK:       bl large
; MAP:         record 7
; MAP:         Indirect reg 31, offset 824, size 8
; MAP-NEXT:    Indirect reg 31, offset 824, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %object, ptr %struct) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void (ptr)) @large, i32 1, i32 0, ptr byval([100 x i64]) %struct, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

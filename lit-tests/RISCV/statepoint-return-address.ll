; L5's counterpart: a statepoint destroys ra like any call, and its function saves it.
;
; REQUIRES: llvm-ge-19
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       sd ra, 8(sp)
; CHECK:       call callee
; CHECK-NEXT:  .Ltmp0:
; CHECK:       ld ra, 8(sp)
; MAP:         record 7
; MAP:         Indirect reg 2, offset 0, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %object) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

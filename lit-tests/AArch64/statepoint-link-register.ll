; Issue 49897: a statepoint is a call: its function saves and restores the link register, and the record's frame has room
; for both.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       st{{[rp]}} x{{.*}}, [sp, #-{{[0-9]+}}]!
; CHECK:       bl callee
; CHECK-NEXT:  .Ltmp0:
; CHECK:       ld{{[rp]}} {{.*}}[sp], #{{[0-9]+}}
; CHECK:       ret
; MAP:         function caller: stack 16, records 1
; MAP:         Indirect reg 31, offset 8, size 8
; MAP-NEXT:    Indirect reg 31, offset 8, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %object) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

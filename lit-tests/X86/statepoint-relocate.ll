; A statepoint records each live pointer twice, as base and as derived, in memory where the collector can change it, and
; what is used afterwards is loaded from there. Its first three locations are convention, flags and number of deopt values.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, (%rsp)
; CHECK-NEXT:  callq callee@PLT
; CHECK-NEXT:  .Ltmp0:
; CHECK-NEXT:  movq (%rsp), %rax
; MAP:         function caller: stack 8, records 1
; MAP-NEXT:    record 7
; MAP-NEXT:    Constant 0
; MAP-NEXT:    Constant 0
; MAP-NEXT:    Constant 0
; MAP-NEXT:    Indirect reg 7, offset 0, size 8
; MAP-NEXT:    Indirect reg 7, offset 0, size 8
; MAP-NOT:     {{Indirect|live-out}}
define ptr addrspace(1) @caller(ptr addrspace(1) %object) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

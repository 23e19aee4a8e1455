; On Windows a statepoint's slots lie above the callee's 32 bytes of home space and its arguments on the stack, and reserved
; bytes end at the offset. Nothing is counted to the call that does not belong to it where code follows.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()
declare i64 @five(i64, i64, i64, i64, i64)

; CHECK-LABEL: caller:
; CHECK:       movq %rcx, [[SLOT:[0-9]+]](%rsp)
; CHECK:       movq $5, 32(%rsp)
; CHECK:       callq five
; CHECK-NEXT:  .Ltmp0:
; CHECK-NEXT:  movq [[SLOT]](%rsp), %rax
; MAP:         record 7 at .Ltmp0-caller
; MAP-NEXT:    Constant 0, size 8
; MAP-NEXT:    Constant 0, size 8
; MAP-NEXT:    Constant 0, size 8
; MAP-NEXT:    Indirect reg 7, offset 48, size 8
; MAP-NEXT:    Indirect reg 7, offset 48, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %object) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(i64 (i64, i64, i64, i64, i64)) @five, i32 5, i32 0, i64 1, i64 2, i64 3, i64 4, i64 5, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

; CHECK-LABEL: patchable:
; CHECK:       nopl 8(%rax,%rax)
; CHECK-NEXT:  .Ltmp1:
; CHECK-NEXT:  movq {{[0-9]+}}(%rsp), %rax
; MAP:         record 8 at .Ltmp1-patchable
define ptr addrspace(1) @patchable(ptr addrspace(1) %object) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 8, i32 5, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

; Pull request 81048: a statepoint has its slots from rsp, in any frame. One that destroys the frame pointer is
; surrounded by a push and a pop of it since LLVM 20 (X86FrameLowering::spillFPBP), with 8 bytes more for the alignment:
; its slots are 16 bytes further away then, and the record has to say so. Today a collector finds the pushed registers.
;
; REQUIRES: llvm-ge-20
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare ghccc void @callee()

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, -48(%rbp)
; CHECK-NEXT:  pushq %rbp
; CHECK:       pushq %rax
; CHECK:       callq callee
; MAP:         record 1
; MAP-NEXT:    Constant
; MAP-NEXT:    Constant
; MAP-NEXT:    Constant
; MAP-NEXT:    Indirect reg 7, offset 16, size 8
; MAP-NEXT:    Indirect reg 7, offset 16, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %p) "frame-pointer"="all" gc "statepoint-example" {
  %token = call ghccc token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %p) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %token, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

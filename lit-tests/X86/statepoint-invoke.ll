; An invoked statepoint has its pointer relocated on both ways out, from the same place.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()
declare i32 @__gxx_personality_v0(...)

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, (%rsp)
; CHECK:       callq callee@PLT
; CHECK:       movq (%rsp), %rax
; CHECK:       GCC_except_table0:
; CHECK:       .quad caller
define ptr addrspace(1) @caller(ptr addrspace(1) %object) gc "statepoint-example" personality ptr @__gxx_personality_v0 {
  %t = invoke token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
          to label %ok unwind label %bad

ok:
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved

bad:
  %pad = landingpad token
          cleanup
  %saved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %pad, i32 0, i32 0)
  ret ptr addrspace(1) %saved
}

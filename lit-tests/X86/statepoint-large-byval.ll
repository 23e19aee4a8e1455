; Issue 75162: a statepoint's locations are those at its call, with all arguments of the call on the stack: a large struct
; passed by value, arguments that were pushed. The slot is recorded as far from rsp as it is then.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @large(ptr byval([1000 x i64]))

; CHECK-LABEL: by_value:
; CHECK:       movq %rdi, [[SLOT:[0-9]+]](%rsp)
; CHECK:       rep;movsq
; CHECK:       callq large@PLT
; CHECK:       movq [[SLOT]](%rsp), %rax
; CHECK:       .long .Ltmp0-by_value
; CHECK:       .byte 3{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 7{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long [[SLOT]]{{$}}
define ptr addrspace(1) @by_value(ptr addrspace(1) %object, ptr %struct) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void (ptr)) @large, i32 1, i32 0, ptr byval([1000 x i64]) %struct, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

; Issue 207508: the callee of a statepoint that is the second element of a struct is that element: the struct is in rdi
; and rsi, and rsi is to be called. StatepointLowering takes result 0 of the value.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)

; CHECK-LABEL: caller:
; CHECK-NOT:   callq *%rdi
; CHECK:       callq *%rsi
define void @caller({ ptr, ptr } %two) gc "statepoint-example" {
  %fn = extractvalue { ptr, ptr } %two, 1
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) %fn, i32 0, i32 0, i32 0, i32 0)
  ret void
}

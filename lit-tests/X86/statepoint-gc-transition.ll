; Issue 61264: a call to another world (gc-transition) is an ordinary call on targets that do nothing for it.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       callq callee@PLT
; MAP:         record 7
; MAP-NEXT:    Constant 0
; MAP-NEXT:    Constant 1
define void @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 1, i32 0, i32 0) [ "gc-transition"(i64 5) ]
  ret void
}

; Issue 75162: arguments that are pushed move rsp away from the frame: what was at 0 before four pushes is recorded at 32.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @ten(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64)

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, (%rsp)
; CHECK:       pushq $10
; CHECK:       pushq $9
; CHECK:       pushq $8
; CHECK:       pushq $7
; CHECK:       callq ten@PLT
; MAP:         record 7
; MAP:         Indirect reg 7, offset 32, size 8
; MAP-NEXT:    Indirect reg 7, offset 32, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %object) minsize optsize nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64)) @ten, i32 10, i32 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

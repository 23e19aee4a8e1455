; L12 is in code that all targets share: the symbol of a thread-local variable must not be called on any of them. It
; stands for an offset; a relative call of it may even link, and go astray.
; (SelectionDAGBuilder::visitPatchpoint. X86/patchpoint-thread-local-callee.ll has what else may be right there.)
;
; REQUIRES: aarch64-registered-target, powerpc-registered-target, riscv-registered-target, systemz-registered-target, llvm-ge-17
; RUN: not llc -mtriple=aarch64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=riscv64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=s390x-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@own = thread_local global [16 x i8] zeroinitializer

; CHECK: error: {{.*}}callee
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 40, ptr @own, i32 0)
  ret void
}

; L8 is in the verifier, so on every target: more arguments announced than there are is an error of the module.
;
; REQUIRES: aarch64-registered-target, powerpc-registered-target, systemz-registered-target
; RUN: not llc -mtriple=aarch64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=s390x-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: error:
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 32, ptr null, i32 1)
  ret void
}

; L10, L1: a call through a thunk takes 15 bytes on x86-64: 10 for the movabsq and 5 for the call of the thunk. One byte
; less must be a diagnosed error that speaks of the size. It must not be a fatal error that takes a JIT with it
; (X86MCInstLower.cpp: "Lowering patchpoint with thunks not yet implemented.").
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -mattr=+retpoline-indirect-calls -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -mattr=+lvi-cfi -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: error: {{.*}}14 bytes{{.*}}15 bytes
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 14, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

; Issue 80638: WebAssembly has no statepoints: that must be an error of the program, not a crash of the compiler. (In
; lowerCallFromStatepointLoweringInfo the call has not the form that is expected of it.)
;
; REQUIRES: llvm-ge-15, webassembly-registered-target
; RUN: not llc -mtriple=wasm32-unknown-unknown -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK: error: {{.*}}statepoint
define void @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0)
  ret void
}

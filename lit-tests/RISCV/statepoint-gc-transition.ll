; Issue 61264, on RISC-V: a call to another world (gc-transition) must compile, with whatever the target does for it. Nothing
; selects gc_transition.start and .end, and an operand narrower than a register ends in "Do not know how to promote this
; operator's operand!" before (StatepointLowering.cpp, LowerAsSTATEPOINT; LegalizeIntegerTypes.cpp).
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @callee()

; CHECK-LABEL: narrow:
; CHECK:       call callee
define void @narrow() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 1, i32 0, i32 0) [ "gc-transition"(i32 5) ]
  ret void
}

; CHECK-LABEL: pointer:
; CHECK:       call callee
define void @pointer(ptr %thread) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 8, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 1, i32 0, i32 0) [ "gc-transition"(ptr %thread) ]
  ret void
}

; Issue 61264: an operand of gc-transition may be of any type, also one that is not a register's: x86-64 does nothing for the
; transition, so it does nothing with the operand. Today an i8 and an i128 stop the legaliser ("Do not know how to promote
; this operator's operand!"), as on RISC-V (LegalizeIntegerTypes.cpp).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @callee()

; CHECK-LABEL: narrow:
; CHECK:       callq callee@PLT
define void @narrow(i1 %flag) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 1, i32 0, i32 0) [ "gc-transition"(i1 %flag) ]
  ret void
}

; CHECK-LABEL: wide:
; CHECK:       callq callee@PLT
define void @wide(i128 %two) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 8, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 1, i32 0, i32 0) [ "gc-transition"(i128 %two) ]
  ret void
}

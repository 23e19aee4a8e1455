; L26: a statepoint cannot have anyregcc: its record has no place for where arguments and result are. That is a diagnosed
; error. Today a build without assertions takes the C convention, one with assertions aborts: "anyregcc is not supported on
; statepoints!" (StatepointLowering.cpp, LowerStatepoint; nothing in lib/IR/Verifier.cpp).
;
; REQUIRES: llvm-ge-15
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare anyregcc void @callee(i64)

; CHECK: {{anyreg.*statepoint|statepoint.*anyreg}}
define void @caller(i64 %n) gc "statepoint-example" {
  %t = call anyregcc token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void (i64)) @callee, i32 1, i32 0, i64 %n, i32 0, i32 0)
  ret void
}

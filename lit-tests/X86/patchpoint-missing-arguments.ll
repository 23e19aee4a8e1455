; L8: a patchpoint that announces more arguments than it has is malformed, and the verifier has to say so.
; Instruction selection reads past the end of the operands today (Verifier.cpp checks nothing of it).
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -O0 -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: error:
define void @caller(i64 %a) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 3, i64 %a)
  ret void
}

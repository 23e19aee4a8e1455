; Issue 115733: the size of a stack map's shadow must be a constant: anything else is an error of the module.
; Before the parameter became an immarg it was a crash in instruction selection.
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-20

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK: immarg operand has non-immediate parameter
define void @caller(i32 %size) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 %size)
  ret void
}

; The id of a stack map must be a constant: a record can hold nothing else.
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-20

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK: immarg operand has non-immediate parameter
define void @caller(i64 %id) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 %id, i32 0)
  ret void
}

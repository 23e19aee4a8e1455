; L15: an undefined pointer is recorded at any place; what stands for it is not an instruction and has no length.
; LLVM 20 with assertions aborts when it counts it for branch relaxation (lib/Target/SystemZ/SystemZLongBranch.cpp,
; getInstSizeInBytes: INIT_UNDEF is missing from the list).
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: asserts && llvm-20

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      function undefined: stack 160, records 1
; CHECK:      record 1 at
define void @undefined() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 2, ptr undef)
  ret void
}

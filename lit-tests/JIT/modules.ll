; Patchpoints reach from one module into another and back, and each module finds a stack map of its own, with its
; own record, where both call it __LLVM_StackMaps.
;
; REQUIRES: opaque-pointers, extra-module
; RUN: %mcjit -extra-module=%S/Inputs/second-module.ll %s | FileCheck %s
; RUN: %mcjit -O0 -extra-module=%S/Inputs/second-module.ll %s | FileCheck %s
; RUN: %orc -extra-module=%S/Inputs/second-module.ll %s | FileCheck %s

; CHECK: sum 14, ids 11 22{{$}}

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i64 @add_three(i64)
declare i64 @second_id()
declare i32 @printf(ptr, ...)

@__LLVM_StackMaps = external global i8
@line = private constant [22 x i8] c"sum %ld, ids %ld %ld\0A\00"

define i64 @add_one(i64 %x) noinline {
  %r = add i64 %x, 1
  ret i64 %r
}

; Not in main: a live-out that has no DWARF number crashes LLVM where printf is called after a patchpoint (issue
; 53828).
define i64 @add_four(i64 %x) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 11, i32 16, ptr @add_three, i32 1, i64 %x)
  %s = add i64 %r, 1
  ret i64 %s
}

define i32 @main() {
  %r = call i64 @add_four(i64 10)
  %id = load i64, ptr getelementptr (i8, ptr @__LLVM_StackMaps, i64 40)
  %other = call i64 @second_id()
  %written = call i32 (ptr, ...) @printf(ptr @line, i64 %r, i64 %id, i64 %other)
  ret i32 0
}

; The other module of modules.ll, with a patchpoint and a stack map of its own.

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i64 @add_one(i64)

@__LLVM_StackMaps = external global i8

define i64 @add_three(i64 %x) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 22, i32 16, ptr @add_one, i32 1, i64 %x)
  %s = add i64 %r, 2
  ret i64 %s
}

; The id of the first record: after the header and one function.
define i64 @second_id() {
  %id = load i64, ptr getelementptr (i8, ptr @__LLVM_StackMaps, i64 40)
  ret i64 %id
}

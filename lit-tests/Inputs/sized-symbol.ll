; A patchpoint that calls a symbol, of SIZE bytes, for the tests of each target's sizes.
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

define void @sized() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 SIZE, ptr @callee, i32 0)
  ret void
}

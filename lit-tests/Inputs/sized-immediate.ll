; A patchpoint that calls the address 4096, of SIZE bytes, for the tests of each target's sizes.
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

define void @sized() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 SIZE, ptr inttoptr (i64 4096 to ptr), i32 0)
  ret void
}

; Callees that no target can encode as a constant: an argument, what was loaded, a number, a place in the frame.
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

define i64 @by_argument(ptr %fn, i64 %x) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 64, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i64 @from_memory(ptr %slot, i64 %x) {
  %fn = load ptr, ptr %slot
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 64, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i64 @from_integer(i64 %address, i64 %x) {
  %fn = inttoptr i64 %address to ptr
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 64, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i64 @on_the_stack(i64 %x) {
  %code = alloca [16 x i8]
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 4, i32 64, ptr %code, i32 1, i64 %x)
  ret i64 %r
}

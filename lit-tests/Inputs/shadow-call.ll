; A shadow of 24 bytes that a call ends early, and one of 24 bytes that is nops alone.
declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @callee()

define void @shadow(i64 %a, ptr %p) nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 24)
  store volatile i64 %a, ptr %p
  call void @callee()
  store volatile i64 0, ptr null
  store volatile i64 0, ptr null
  store volatile i64 0, ptr null
  store volatile i64 0, ptr null
  store volatile i64 0, ptr null
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 24)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 0)
  ret void
}

; One live value of each kind that a stack map tells apart, of types that every target has registers for.
declare void @llvm.experimental.stackmap(i64, i32, ...)

define void @locations(i64 %whole, ptr %pointer) {
  %object = alloca i64
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 7, i32 0, i64 %whole, ptr %pointer, ptr %object, i64 -1, i64 2147483648, i64 2147483648)
  ret void
}

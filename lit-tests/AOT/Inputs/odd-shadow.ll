; The program of the tests `odd-shadow.test`: its stack maps ask for shadows that are not a whole number of instructions, and what
; lies in a shadow is done. Its status is 0 if so.

declare void @llvm.experimental.stackmap(i64, i32, ...)

define i64 @count(i64 %a, ptr %cell) noinline {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 5, i64 %a)
  store i64 %a, ptr %cell
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 9, i64 %a)
  %b = load i64, ptr %cell
  %sum = add i64 %a, %b
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 1)
  ret i64 %sum
}

define i32 @main() {
  %cell = alloca i64
  %r = call i64 @count(i64 21, ptr %cell)
  %wrong = icmp ne i64 %r, 42
  %status = zext i1 %wrong to i32
  ret i32 %status
}

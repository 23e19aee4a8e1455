; The program of the tests `register-callee.test`: its callees are known only when it runs. It ends with 0 if
; each call arrived at the right function, with the right argument, and its result came back.

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@slot = global ptr @add_two

define i64 @add_one(i64 %x) noinline {
  %r = add i64 %x, 1
  ret i64 %r
}

define i64 @add_two(i64 %x) noinline {
  %r = add i64 %x, 2
  ret i64 %r
}

define i64 @by_argument(ptr %fn, i64 %x) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 40, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i64 @from_memory(i64 %x) noinline {
  %fn = load volatile ptr, ptr @slot
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 40, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i32 @main() {
  %a = call i64 @by_argument(ptr @add_one, i64 10)
  %b = call i64 @by_argument(ptr @add_two, i64 %a)
  %c = call i64 @from_memory(i64 %b)
  %wrong = icmp ne i64 %c, 15
  %status = zext i1 %wrong to i32
  ret i32 %status
}

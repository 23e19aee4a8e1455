; L2: a callee known only at run time is called, whichever way the program comes by it: as an argument, from
; memory, from an integer. Each call must arrive at the right function with the right argument.
;
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %orc %s
; XFAIL: *

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
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 16, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i64 @from_memory(i64 %x) noinline {
  %fn = load volatile ptr, ptr @slot
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 16, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i64 @from_integer(i64 %address, i64 %x) noinline {
  %fn = inttoptr i64 %address to ptr
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 16, ptr %fn, i32 1, i64 %x)
  ret i64 %r
}

define i32 @main() {
  %a = call i64 @by_argument(ptr @add_one, i64 10)
  %b = call i64 @from_memory(i64 %a)
  %c = call i64 @from_integer(i64 ptrtoint (ptr @add_one to i64), i64 %b)
  %wrong = icmp ne i64 %c, 14
  %status = zext i1 %wrong to i32
  ret i32 %status
}

; A callee that is an alias, or an alias of an alias, is called like what it stands for.
; Before LLVM 13, ORC takes a module apart function by function, and leaves an alias without what it stands for.
;
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %orc %s
; RUN: %orc -O0 %s
; XFAIL: !llvm-ge-13

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@other_name = alias i64 (i64), ptr @twice
@third_name = internal alias i64 (i64), ptr @other_name

define i64 @twice(i64 %x) noinline {
  %r = mul i64 %x, 2
  ret i64 %r
}

define i32 @main() {
  %a = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @other_name, i32 1, i64 21)
  %b = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 13, ptr @third_name, i32 1, i64 %a)
  %wrong = icmp ne i64 %b, 84
  %status = zext i1 %wrong to i32
  ret i32 %status
}

; Functions that no other module sees are addressed by their section and an offset: a patchpoint calls the right one,
; though it is not the first of its section, and the map's second function is where its caller is. The exit status is 0
; only if both hold.
;
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %mcjit -code-model=large %s
; RUN: %orc %s
; RUN: %orc -O0 %s
; REQUIRES: opaque-pointers

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; The stack map of this module.
@__LLVM_StackMaps = external global i8

define internal i64 @first(i64 %a) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @second, i32 1, i64 %a)
  ret i64 %r
}

define internal i64 @second(i64 %a) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 13, ptr @third, i32 1, i64 %a)
  %s = add i64 %r, 20
  ret i64 %s
}

define internal i64 @third(i64 %a) noinline {
  %r = add i64 %a, 300
  ret i64 %r
}

define i32 @main() {
  %r = call i64 @first(i64 1)
  %called = icmp eq i64 %r, 321
  ; Behind a header of 16 bytes each function has 24, its address first.
  %one = load i64, ptr getelementptr (i8, ptr @__LLVM_StackMaps, i64 16)
  %two = load i64, ptr getelementptr (i8, ptr @__LLVM_StackMaps, i64 40)
  %is.one = icmp eq i64 %one, ptrtoint (ptr @first to i64)
  %is.two = icmp eq i64 %two, ptrtoint (ptr @second to i64)
  %both = and i1 %is.one, %is.two
  %right = and i1 %called, %both
  %status = select i1 %right, i32 0, i32 1
  ret i32 %status
}

; A program calls a function of its own module through a patchpoint: it arrives there with its arguments, and
; the result comes back. The exit status is 0 only if the number is right.
;
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %mcjit -code-model=large %s
; RUN: %orc %s
; RUN: %orc -O0 %s
; RUN: %orc -code-model=large %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

define internal i64 @weighted(i64 %a, i64 %b, i64 %c) noinline {
  %b10 = mul i64 %b, 10
  %c100 = mul i64 %c, 100
  %ab = add i64 %a, %b10
  %abc = add i64 %ab, %c100
  ret i64 %abc
}

define i32 @main() {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 42, i32 13, ptr @weighted, i32 3, i64 1, i64 2, i64 3)
  %wrong = icmp ne i64 %r, 321
  %status = zext i1 %wrong to i32
  ret i32 %status
}

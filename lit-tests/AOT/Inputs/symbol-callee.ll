; The program of the tests `symbol-callee.test` and `far-callee.test`: it calls functions of its own file by name. It
; ends with 0 if each got its arguments and its result came back.

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@same = alias i64 (i64, i64, i64), ptr @weighted

; Without unwind tables: those of GNU ld reach no further than 2 GiB.
define i64 @weighted(i64 %a, i64 %b, i64 %c) nounwind noinline section ".callee" {
  %b10 = mul i64 %b, 10
  %c100 = mul i64 %c, 100
  %ab = add i64 %a, %b10
  %abc = add i64 %ab, %c100
  ret i64 %abc
}

define internal i64 @twice(i64 %x) noinline {
  %r = mul i64 %x, 2
  ret i64 %r
}

define i32 @main() {
  %a = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 40, ptr @weighted, i32 3, i64 1, i64 2, i64 3)
  %b = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 40, ptr @twice, i32 1, i64 %a)
  %c = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 40, ptr @same, i32 3, i64 %b, i64 0, i64 1)
  %wrong = icmp ne i64 %c, 742
  %status = zext i1 %wrong to i32
  ret i32 %status
}

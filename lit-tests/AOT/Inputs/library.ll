; The shared library of `pie-library.test`.

define i64 @weighted(i64 %a, i64 %b, i64 %c) {
  %b10 = mul i64 %b, 10
  %c100 = mul i64 %c, 100
  %ab = add i64 %a, %b10
  %abc = add i64 %ab, %c100
  ret i64 %abc
}

define i64 @twice(i64 %x) {
  %r = mul i64 %x, 2
  ret i64 %r
}

; The address comes in r10.
define i64 @in_r10(ptr nest %x) {
  %r = ptrtoint ptr %x to i64
  ret i64 %r
}

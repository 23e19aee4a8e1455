; The program of the tests `roots-far.test`: a frame of more than 5,000 bytes. What lies at its far end, an object and
; arguments that came on the stack, is out of reach of a load. The callee is as in roots.ll.

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; A function that calls nothing else would lose its return address on RISC-V (L5).
define void @nothing() noinline {
  ret void
}

; ROOTS: 1: ptr to i64 0x0fedcba987654321 in Direct, ptr to i64 77777 in Direct, ptr to i64 -88888 in Direct
define void @objects(i64 %a, i64 %b, i64 %c) noinline {
  %first = alloca i64
  %middle = alloca [650 x i64]
  %last = alloca i64
  store volatile i64 %a, ptr %first
  store volatile i64 %b, ptr %middle
  store volatile i64 %c, ptr %last
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, ptr %first, ptr %middle, ptr %last)
  call void @nothing()
  ret void
}

; ROOTS: 2: i64 109, i64 0x1122334455667788, any
define void @arguments(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g, i64 %h, i64 %i, i64 %j) noinline {
  %middle = alloca [650 x i64]
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i64 %i, i64 %j, ptr %middle)
  call void @nothing()
  ret void
}

define i32 @main() {
  call void @objects(i64 1147797409030816545, i64 77777, i64 -88888)
  call void @arguments(i64 101, i64 102, i64 103, i64 104, i64 105, i64 106, i64 107, i64 108, i64 109, i64 1234605616436508552)
  ret i32 0
}

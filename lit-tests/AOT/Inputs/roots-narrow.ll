; The program of the tests `roots-narrow.test`: integers that are shorter than a register. The callee is as in
; roots.ll.

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; ROOTS: 1: i32 -1985229329, i16 -12345, i8 -77
define void @narrow(i32 %b, i16 %c, i8 %d) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i32 %b, i16 %c, i8 %d)
  ret void
}

define i32 @main() {
  call void @narrow(i32 -1985229329, i16 -12345, i8 -77)
  ret i32 0
}

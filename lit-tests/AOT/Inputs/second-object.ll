; The other object of roots-two-objects.ll, with a record of another id and a constant of another value at the same
; place in its pool.

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @capture()

; ROOTS: 2: i64 -81985529216486896 in ConstantIndex, i64 0x3333333344444466
define void @elsewhere(i64 %a) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr @capture, i32 0, i64 -81985529216486896, i64 %a)
  ret void
}

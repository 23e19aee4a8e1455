; A program runs through patchpoints with null callees as through nops: values that are live across regions
; of no byte, one byte, one call and many nops come out unchanged.
;
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %orc %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

define internal i64 @walk(i64 %n, i64 %m) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 0, ptr null, i32 0, i64 %n, i64 %m)
  %one = add i64 %n, 1
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 1, ptr null, i32 0, i64 %one, i64 %m)
  %two = mul i64 %one, 3
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr null, i32 0, i64 %two)
  %three = sub i64 %two, %m
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 1000, ptr null, i32 0, i64 %three)
  ret i64 %three
}

define i32 @main() {
  %r = call i64 @walk(i64 10, i64 4)
  %wrong = icmp ne i64 %r, 29
  %status = zext i1 %wrong to i32
  ret i32 %status
}

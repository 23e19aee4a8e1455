; The program of the tests `live-outs.test` and `anyregcc.test`: nine values are live across an anyregcc patchpoint,
; with two arguments and a result. Its callee is linked at 0x20000000. It ends with 0 if the values came through
; unharmed and the result is 77.

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@values = global [9 x i64] [i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9]
@copy = global double 0.0

; The result is not there yet.
; ROOTS: 1: any, i64 0x1122334455667788, double -1.5, i64 1, i64 9
define i64 @across(i64 %x, double %d, double %e) noinline {
  %p0 = getelementptr i64, ptr @values, i64 0
  %v0 = load volatile i64, ptr %p0
  %p1 = getelementptr i64, ptr @values, i64 1
  %v1 = load volatile i64, ptr %p1
  %p2 = getelementptr i64, ptr @values, i64 2
  %v2 = load volatile i64, ptr %p2
  %p3 = getelementptr i64, ptr @values, i64 3
  %v3 = load volatile i64, ptr %p3
  %p4 = getelementptr i64, ptr @values, i64 4
  %v4 = load volatile i64, ptr %p4
  %p5 = getelementptr i64, ptr @values, i64 5
  %v5 = load volatile i64, ptr %p5
  %p6 = getelementptr i64, ptr @values, i64 6
  %v6 = load volatile i64, ptr %p6
  %p7 = getelementptr i64, ptr @values, i64 7
  %v7 = load volatile i64, ptr %p7
  %p8 = getelementptr i64, ptr @values, i64 8
  %v8 = load volatile i64, ptr %p8
  %s0 = call anyregcc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 2, i64 %x, double %d, i64 %v0, i64 %v8)
  %m0 = mul i64 %v0, 1000
  %s1 = add i64 %s0, %m0
  %m1 = mul i64 %v1, 1001
  %s2 = add i64 %s1, %m1
  %m2 = mul i64 %v2, 1004
  %s3 = add i64 %s2, %m2
  %m3 = mul i64 %v3, 1009
  %s4 = add i64 %s3, %m3
  %m4 = mul i64 %v4, 1016
  %s5 = add i64 %s4, %m4
  %m5 = mul i64 %v5, 1025
  %s6 = add i64 %s5, %m5
  %m6 = mul i64 %v6, 1036
  %s7 = add i64 %s6, %m6
  %m7 = mul i64 %v7, 1049
  %s8 = add i64 %s7, %m7
  %m8 = mul i64 %v8, 1064
  %s9 = add i64 %s8, %m8
  ; No arithmetic on floating point numbers: its control register has no DWARF number (issues 53828, 85828).
  store double %e, ptr @copy
  ret i64 %s9
}

define i32 @main() {
  %r = call i64 @across(i64 1234605616436508552, double -1.5, double 2.5)
  %wrong_sum = icmp ne i64 %r, 46577
  %copied = load volatile i64, ptr @copy
  %wrong_copy = icmp ne i64 %copied, 4612811918334230528
  %wrong = or i1 %wrong_sum, %wrong_copy
  %status = zext i1 %wrong to i32
  ret i32 %status
}

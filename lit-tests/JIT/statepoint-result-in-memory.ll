; L23: a program takes a result of 256 bits and one of four pointers from statepoints, and from a call with deoptimisation
; values. Today it jumps to address 0 once the callee has returned. (StatepointLowering.cpp,
; lowerCallFromStatepointLoweringInfo.)
;
; REQUIRES: llvm-ge-15
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %orc %s
; XFAIL: *

%four = type { i64, i64, i64, i64 }

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare i256 @llvm.experimental.gc.result.i256(token)
declare %four @llvm.experimental.gc.result.s_fours(token)

define i256 @wide(i256 %n) noinline {
  %m = mul i256 %n, %n
  ret i256 %m
}

define %four @several(i64 %n) noinline {
  %a = insertvalue %four { i64 0, i64 0, i64 0, i64 5 }, i64 %n, 2
  ret %four %a
}

define i64 @at_statepoint(i256 %n) noinline gc "statepoint-example" {
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(i256 (i256)) @wide, i32 1, i32 0, i256 %n, i32 0, i32 0)
  %r = call i256 @llvm.experimental.gc.result.i256(token %token)
  %high = lshr i256 %r, 192
  %word = trunc i256 %high to i64
  ret i64 %word
}

define i64 @struct_at_statepoint(i64 %n) noinline gc "statepoint-example" {
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 8, i32 0, ptr elementtype(%four (i64)) @several, i32 1, i32 0, i64 %n, i32 0, i32 0)
  %r = call %four @llvm.experimental.gc.result.s_fours(token %token)
  %third = extractvalue %four %r, 2
  %last = extractvalue %four %r, 3
  %word = add i64 %third, %last
  ret i64 %word
}

define i64 @with_deopt(i256 %n) noinline {
  %r = call i256 @wide(i256 %n) [ "deopt"(i32 7) ]
  %high = lshr i256 %r, 192
  %word = trunc i256 %high to i64
  ret i64 %word
}

define i32 @main() {
  %n = shl i256 1, 98
  %a = call i64 @at_statepoint(i256 %n)
  %b = call i64 @with_deopt(i256 %n)
  %c = call i64 @struct_at_statepoint(i64 30)
  %ab = add i64 %a, %b
  %sum = add i64 %ab, %c
  %wrong = icmp ne i64 %sum, 67
  %status = zext i1 %wrong to i32
  ret i32 %status
}

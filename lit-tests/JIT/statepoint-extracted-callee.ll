; Issue 207508: a program calls the second of two functions in a struct, at a statepoint and with deoptimisation values:
; each has to arrive at the second, not at the first. (StatepointLowering.cpp, LowerAsSTATEPOINT: result 0 of the node.)
;
; REQUIRES: llvm-ge-15
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %orc %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare i64 @llvm.experimental.gc.result.i64(token)

define i64 @first() noinline {
  ret i64 1
}

define i64 @second() noinline {
  ret i64 20
}

define i64 @at_statepoint({ ptr, ptr } %two) noinline gc "statepoint-example" {
  %fn = extractvalue { ptr, ptr } %two, 1
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(i64 ()) %fn, i32 0, i32 0, i32 0, i32 0)
  %r = call i64 @llvm.experimental.gc.result.i64(token %token)
  ret i64 %r
}

define i64 @with_deopt({ ptr, ptr } %two) noinline {
  %fn = extractvalue { ptr, ptr } %two, 1
  %r = call i64 %fn() [ "deopt"(i32 7) ]
  ret i64 %r
}

define i32 @main() {
  %a = call i64 @at_statepoint({ ptr, ptr } { ptr @first, ptr @second })
  %b = call i64 @with_deopt({ ptr, ptr } { ptr @first, ptr @second })
  %sum = add i64 %a, %b
  %wrong = icmp ne i64 %sum, 40
  %status = zext i1 %wrong to i32
  ret i32 %status
}

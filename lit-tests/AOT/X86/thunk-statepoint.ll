; L10: with retpolines, or thunks against load value injection, a statepoint calls a function whose address it has in a
; register: seven arguments arrive, the result comes back, and a pointer that is live across the call is still right.
; (X86MCInstLower.cpp, LowerSTATEPOINT: a fatal error.)
;
; REQUIRES: run-x86_64, llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -mattr=+retpoline-indirect-calls -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe
; RUN: llc -O0 -mtriple=x86_64-unknown-linux-gnu -mattr=+lvi-cfi -filetype=obj -o %t.lvi.o %s
; RUN: %ld-x86_64 -o %t.lvi.exe %t.lvi.o %t.run.o
; RUN: %run-x86_64 %t.lvi.exe
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare i64 @llvm.experimental.gc.result.i64(token)

@target = global ptr @last_minus_first

define i64 @last_minus_first(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g) noinline {
  %r = sub i64 %g, %a
  ret i64 %r
}

define i64 @caller(ptr %fn, ptr addrspace(1) %object) noinline gc "statepoint-example" {
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 5, i32 0, ptr elementtype(i64 (i64, i64, i64, i64, i64, i64, i64)) %fn, i32 7, i32 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 70, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %result = call i64 @llvm.experimental.gc.result.i64(token %token)
  %object.moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %token, i32 0, i32 0)
  %address = ptrtoint ptr addrspace(1) %object.moved to i64
  %sum = add i64 %result, %address
  ret i64 %sum
}

define i32 @main() {
  %fn = load volatile ptr, ptr @target
  %sum = call i64 @caller(ptr %fn, ptr addrspace(1) inttoptr (i64 4096 to ptr addrspace(1)))
  %wrong = icmp ne i64 %sum, 4165
  %status = zext i1 %wrong to i32
  ret i32 %status
}

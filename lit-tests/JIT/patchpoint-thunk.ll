; L10: a JIT that has retpolines calls a function through a patchpoint, by way of the thunk in the same module. Its
; arguments arrive, and the result comes back. Today the whole process ends with a fatal error
; (X86MCInstLower.cpp: "Lowering patchpoint with thunks not yet implemented.").
;
; RUN: %mcjit -mattr=+retpoline-indirect-calls %s
; RUN: %orc -mattr=+retpoline-indirect-calls %s
; RUN: %orc -O0 -mattr=+retpoline-indirect-calls %s
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

define i64 @weighted(i64 %a, i64 %b, i64 %c) noinline {
  %b10 = mul i64 %b, 10
  %c100 = mul i64 %c, 100
  %ab = add i64 %a, %b10
  %abc = add i64 %ab, %c100
  ret i64 %abc
}

define i32 @main() {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 42, i32 15, ptr @weighted, i32 3, i64 1, i64 2, i64 3)
  %wrong = icmp ne i64 %r, 321
  %status = zext i1 %wrong to i32
  ret i32 %status
}

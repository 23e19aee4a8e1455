; A callee that is an indirect function is what its resolver says, not the resolver itself. (ORC's default linker
; does not know these symbols.)
;
; REQUIRES: llvm-ge-16
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@chosen = ifunc i64 (i64), ptr @choose

define ptr @choose() {
  ret ptr @twice
}

define i64 @twice(i64 %x) noinline {
  %r = mul i64 %x, 2
  ret i64 %r
}

define i32 @main() {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @chosen, i32 1, i64 21)
  %wrong = icmp ne i64 %r, 42
  %status = zext i1 %wrong to i32
  ret i32 %status
}

; A compiler that emits the same position independent code for its JIT and ahead of time: callees of the module itself
; and of a library far away, a pointer that goes in r10, and a patchpoint in the middle of a computation.
;
; RUN: %mcjit -relocation-model=pic %s | FileCheck %s
; RUN: %mcjit -relocation-model=pic -O0 %s | FileCheck %s
; RUN: %mcjit -relocation-model=pic -code-model=large %s | FileCheck %s
; RUN: %orc -relocation-model=pic %s | FileCheck %s
; RUN: %orc -relocation-model=pic -O0 %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i32 @puts(ptr)
declare i64 @labs(i64)

@text = private constant [20 x i8] c"through patchpoint\0A\00"

define i64 @weighted(i64 %a, i64 %b, i64 %c) noinline {
  %b10 = mul i64 %b, 10
  %c100 = mul i64 %c, 100
  %ab = add i64 %a, %b10
  %abc = add i64 %ab, %c100
  ret i64 %abc
}

define internal i64 @twice(i64 %x) noinline {
  %r = mul i64 %x, 2
  ret i64 %r
}

define hidden i64 @in_r10(ptr nest %x) noinline {
  %r = ptrtoint ptr %x to i64
  ret i64 %r
}

; CHECK:     through patchpoint
; CHECK-NOT: through patchpoint
define i32 @main() {
  %written = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 15, ptr @puts, i32 1, ptr @text)
  %a = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 16, ptr @labs, i32 1, i64 -7)
  %b = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 13, ptr @weighted, i32 3, i64 %a, i64 2, i64 3)
  %c = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 4, i32 40, ptr @twice, i32 1, i64 %b)
  %in = inttoptr i64 %c to ptr
  %d = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 5, i32 40, ptr @in_r10, i32 1, ptr nest %in)
  %sum = add i64 %d, %a
  %wrong = icmp ne i64 %sum, 661
  %status = zext i1 %wrong to i32
  ret i32 %status
}

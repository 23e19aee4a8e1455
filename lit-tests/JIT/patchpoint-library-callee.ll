; The callee lives in a shared library, gigabytes away from the JIT's memory: a patchpoint's call has 64 bits of
; reach, so nothing may be out of range. The exit status is the callee's result, and the text shows it ran once.
;
; RUN: %mcjit %s | FileCheck %s
; RUN: %mcjit -O0 %s | FileCheck %s
; RUN: %orc %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i32 @puts(ptr)
declare i64 @labs(i64)

@text = private constant [20 x i8] c"through patchpoint\0A\00"

; CHECK:     through patchpoint
; CHECK-NOT: through patchpoint
define i32 @main() {
  %written = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 15, ptr @puts, i32 1, ptr @text)
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 16, ptr @labs, i32 1, i64 -7)
  %wrong = icmp ne i64 %r, 7
  %status = zext i1 %wrong to i32
  ret i32 %status
}

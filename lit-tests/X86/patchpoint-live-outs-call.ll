; What is live out of a patchpoint is live after it: the result in rax is, the arguments in rdi and rsi (5 and 4 to DWARF),
; which are read by the call alone, are not.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | %records | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK:     record 1
; CHECK-NOT: live-out reg 4,
; CHECK-NOT: live-out reg 5,
; CHECK:     live-out reg 0, size 8
; CHECK-NOT: live-out reg 4,
; CHECK-NOT: live-out reg 5,
define i64 @caller(i64 %a, i64 %b) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr null, i32 2, i64 %a, i64 %b)
  ret i64 %r
}

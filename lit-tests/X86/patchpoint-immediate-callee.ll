; A callee given as a number, by an inttoptr instruction or constant expression, is called at exactly that
; address: all 64 bits, sign included.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: immediates:
; CHECK:       movabsq $1193046, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $140737488355327, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $-2, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $81985529216486895, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       retq
define void @immediates() {
  %low = inttoptr i64 1193046 to ptr
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr %low, i32 0)
  %user = inttoptr i64 140737488355327 to ptr
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr %user, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr inttoptr (i64 -2 to ptr), i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr inttoptr (i64 81985529216486895 to ptr), i32 0)
  ret void
}

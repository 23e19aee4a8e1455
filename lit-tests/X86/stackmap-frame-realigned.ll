; A frame that has to be realigned has no fixed size: the map says 2^64 - 1 for it.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @use(ptr)

; CHECK: function realigned: stack 18446744073709551615, records 1
define void @realigned() {
  %block = alloca i8, align 64
  call void @use(ptr %block)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 5, ptr null, i32 0)
  ret void
}

; Issue 26431: an integer of a width that no register has is a live value like any other; LLVM 14 has no promotion
; for such an operand and crashes in instruction selection.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: !llvm-ge-15

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 5, size 4
; CHECK-NEXT: Register reg 4, size 8
; CHECK-NEXT: Register reg 1, size 1
; CHECK-NEXT: Constant 3
define void @caller(i24 %a, i48 %b, i1 %c) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i24 %a, i48 %b, i1 %c, i64 3)
  ret void
}

; Issue 55957: a vector wider than any register is split in two, and the map records both halves. Without AVX this
; is what becomes of 32 bytes; with AVX they are one register.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 17, size 16
; CHECK-NEXT: Register reg 18, size 16
; CHECK-NEXT: Constant 3
define void @caller(<8 x float> %v) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, <8 x float> %v, i64 3)
  ret void
}

; anyregcc arguments and result are where the map says, each in a register; the result comes first.
; LLVM 9 writes no map into ELF of AArch64.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -O0 -enable-patchpoint-liveness=false < %s | %records | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK:      record 7
; CHECK-NEXT: Register reg {{[0-9]+}}, size 8
; CHECK-NEXT: Register reg {{[0-9]+}}, size 8
; CHECK-NEXT: Register reg {{[0-9]+}}, size 8
; CHECK-NEXT: Constant 99
; CHECK-NOT:  {{Register|Constant|live-out}}
define i64 @caller(i64 %a, i64 %b) {
  %r = call anyregcc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 7, i32 20, ptr inttoptr (i64 4096 to ptr), i32 2, i64 %a, i64 %b, i32 99)
  ret i64 %r
}

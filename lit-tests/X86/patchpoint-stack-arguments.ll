; Arguments that are passed on the stack are not operands of a patchpoint: after six in registers and two on the stack
; the live values are recorded, all and nothing else, from both selectors.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false -O0 < %s | %records | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg {{[0-9]+}}, size 8
; CHECK-NEXT: Constant -5, size 8
; CHECK-NEXT: Register reg {{[0-9]+}}, size 4
; CHECK-NEXT: Constant 77, size 8
; CHECK-NOT:  size
define i64 @caller(i64 %a, i32 %b) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr null, i32 8, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 %a, i32 -5, i32 %b, i64 77)
  ret i64 %r
}

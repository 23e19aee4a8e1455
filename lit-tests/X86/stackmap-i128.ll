; Issues 26431 and 55957: a value wider than a register lives in several, and each of them has to be recorded.
; Instruction selection has no such operand today: "Cannot select", or "Result type 0 illegal" with assertions.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 5, size 8
; CHECK-NEXT: Register reg 4, size 8
; CHECK-NEXT: Constant 3
define void @caller(i128 %a) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i128 %a, i64 3)
  ret void
}

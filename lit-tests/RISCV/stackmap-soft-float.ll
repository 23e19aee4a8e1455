; Pull request 165922: without floating-point registers a float is an integer to the machine, and so it is in the map,
; variable or constant. Before LLVM 22: "Do not know how to soften this operator's operand!".
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: !llvm-ge-22

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 10, size 8
; CHECK-NEXT: Register reg 11, size 8
; CHECK-NEXT: Constant 1069547520, size 8
define void @caller(float %a, double %b) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, float %a, double %b, float 1.5)
  ret void
}

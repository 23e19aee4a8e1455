; Issue 55586: a constant for the x87 stack is live like any other, and its location has to be recorded. The pass
; that assigns stack slots of the x87 takes the operand away (an assertion in X86FloatingPoint.cpp, handleCall).
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: llvm-ge-10

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: {{Register|Indirect|Direct}} reg {{.*}}, size {{1[06]}}
; CHECK-NEXT: Constant 3
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, x86_fp80 0xK3FFF8000000000000000, i64 3)
  ret void
}

; anyregcc has the register mask of the C convention on RISC-V, not one that preserves everything as on x86-64: a value
; that lives across it is in a callee-saved register or in memory.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       sd s0, {{[0-9]+}}(sp)
; CHECK:       mv s0, a0
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  mv a0, s0
define i64 @caller(i64 %a) {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 4, ptr null, i32 0)
  ret i64 %a
}

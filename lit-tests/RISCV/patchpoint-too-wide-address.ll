; A callee above 48 bits must be called as it is given, or be an error. RISC-V can build any address; what refuses it is
; an assertion of RISCVAsmPrinter::LowerPATCHPOINT ("High 16 bits of call target should be zero.").
;
; REQUIRES: llvm-ge-19
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: asserts

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  li ra, -2
; CHECK-NEXT:  jalr ra
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 32, ptr inttoptr (i64 -2 to ptr), i32 0)
  ret void
}

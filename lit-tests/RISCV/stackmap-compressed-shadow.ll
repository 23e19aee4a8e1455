; With compressed instructions a shadow of 2 bytes is one instruction. LLVM 19 subtracts 4 for it, passes 0, and writes
; nops without end; so does 22.1.0, the one in llvmlite, but not 22.1.8 (L9 for stack maps).
; What llvmlite's LLVM writes stays in memory, where no limit on files ends it: it would take ten seconds to fail.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c -o %t < %s
; RUN: FileCheck %s < %t
; UNSUPPORTED: llvmlite
; XFAIL: !llvm-ge-22

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  .Ltmp1:
; CHECK-NOT:   nop
; CHECK:       ret
; CHECK-NEXT:  .Lfunc_end0:
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 2)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 2)
  ret void
}

; With the C extension an immediate callee may take four bytes, two for each instruction, and the rest of the region is
; nops of two: what is counted has to be what was emitted, or the region is shorter than was reserved.
;
; REQUIRES: llvm-ge-19
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-immediate.ll | llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-immediate.ll | llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c | FileCheck %s --check-prefixes=CHECK,MORE
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  lui ra, 1
; CHECK-NEXT:  jalr ra
; MORE-NEXT:   nop
; MORE-NEXT:   nop
; EXACT-NOT:   nop
; CHECK:       ret

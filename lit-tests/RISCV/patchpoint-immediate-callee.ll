; An immediate callee is built in ra and called from there; what that takes depends on the address. What is reserved
; beyond it is nops.
;
; REQUIRES: llvm-ge-19
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-immediate.ll | llc -mtriple=riscv64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-immediate.ll | llc -mtriple=riscv64-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/12/' %S/../Inputs/sized-immediate.ll | llc -mtriple=riscv64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,MORE
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  lui ra, 1
; CHECK-NEXT:  jalr ra
; MORE-NEXT:   nop
; EXACT-NOT:   nop
; CHECK:       ret

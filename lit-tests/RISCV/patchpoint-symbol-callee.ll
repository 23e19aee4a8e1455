; A symbol callee is one call of it, 8 bytes, the rest nops.
;
; REQUIRES: llvm-ge-19
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=riscv64-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=riscv64-unknown-linux-gnu -O0 | FileCheck %s
; RUN: sed -e 's/SIZE/12/' %S/../Inputs/sized-symbol.ll | llc -mtriple=riscv64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,MORE
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  call callee
; MORE-NEXT:   nop
; CHECK:       ret

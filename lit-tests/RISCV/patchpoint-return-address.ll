; L5: a patchpoint's call destroys ra, so its function has to save it: a leaf function returns to wherever its patchpoint
; called from. (RISCVISelLowering.cpp adds the implicit definition of ra for STATEPOINT only.)
;
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=riscv64-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-immediate.ll | llc -mtriple=riscv64-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-null.ll | llc -mtriple=riscv64-unknown-linux-gnu -O0 | FileCheck %s
; XFAIL: *
;
; CHECK-LABEL: sized:
; CHECK:       sd ra, {{[0-9]+}}(sp)
; CHECK:       .Ltmp0:
; CHECK:       ld ra, {{[0-9]+}}(sp)
; CHECK:       ret

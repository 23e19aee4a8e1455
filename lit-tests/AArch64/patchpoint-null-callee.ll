; A null callee is as many nops as were asked for, none for none.
;
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-null.ll | llc -mtriple=aarch64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,NONE
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=aarch64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,ONE
; RUN: sed -e 's/SIZE/40/' %S/../Inputs/sized-null.ll | llc -mtriple=aarch64-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,TEN
;
; CHECK-LABEL:  sized:
; CHECK:        .Ltmp0:
; NONE-NOT:     nop
; ONE-COUNT-1:  nop
; TEN-COUNT-10: nop
; ONE-NOT:      nop
; TEN-NOT:      nop
; CHECK:        ldp x29, x30

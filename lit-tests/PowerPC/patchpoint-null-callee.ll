; A null callee is as many nops as were asked for, none for none, in both byte orders.
;
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-null.ll | llc -mtriple=powerpc64le-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,NONE
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=powerpc64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,ONE
; RUN: sed -e 's/SIZE/40/' %S/../Inputs/sized-null.ll | llc -mtriple=powerpc64le-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,TEN
;
; CHECK:        .Ltmp0:
; NONE-NOT:     nop
; ONE-COUNT-1:  nop
; TEN-COUNT-10: nop
; ONE-NOT:      nop
; TEN-NOT:      nop
; CHECK:        addi 1, 1

; A symbol callee is a branch and the nop that a linker replaces to restore the TOC pointer: 8 bytes, the rest nops.
;
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=powerpc64le-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=powerpc64-unknown-linux-gnu -O0 | FileCheck %s
; RUN: sed -e 's/SIZE/12/' %S/../Inputs/sized-symbol.ll | llc -mtriple=powerpc64le-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,MORE
;
; CHECK:      .Ltmp0:
; CHECK-NEXT: bl callee
; CHECK-NEXT: nop
; MORE-NEXT:  nop
; CHECK-NEXT: addi 1, 1

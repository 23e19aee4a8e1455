; With function descriptors (ELFv1) an immediate callee is the address of a descriptor: entry point and TOC pointer are
; loaded from it, and the caller's TOC pointer is saved before and restored after the call.
;
; RUN: sed -e 's/SIZE/80/' %S/../Inputs/sized-immediate.ll | llc -mtriple=powerpc64-unknown-linux-gnu | FileCheck %s
;
; CHECK:      .Ltmp0:
; CHECK:      std 2, 40(1)
; CHECK-NEXT: ld 2, 8(12)
; CHECK-NEXT: ld 12, 0(12)
; CHECK-NEXT: mtctr 12
; CHECK-NEXT: bctrl
; CHECK-NEXT: ld 2, 40(1)
; CHECK-NEXT: nop

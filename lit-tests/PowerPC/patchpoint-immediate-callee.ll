; An immediate callee takes 32 bytes on ppc64le; 40 with function descriptors (ELFv1), where the address is that of a
; descriptor and the callee's TOC pointer is loaded from it. What is reserved beyond that is nops: before LLVM 22 there
; was always one too many, since PPCAsmPrinter::LowerPATCHPOINT did not count its ori.
;
; RUN: sed -e 's/SIZE/32/' %S/../Inputs/sized-immediate.ll | llc -mtriple=powerpc64le-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,V2
; RUN: sed -e 's/SIZE/32/' %S/../Inputs/sized-immediate.ll | llc -mtriple=powerpc64le-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,V2
; RUN: sed -e 's/SIZE/36/' %S/../Inputs/sized-immediate.ll | llc -mtriple=powerpc64le-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,V2,MORE
; RUN: sed -e 's/SIZE/40/' %S/../Inputs/sized-immediate.ll | llc -mtriple=powerpc64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,V1
; RUN: sed -e 's/SIZE/44/' %S/../Inputs/sized-immediate.ll | llc -mtriple=powerpc64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,V1,MORE
; XFAIL: !llvm-ge-22
;
; CHECK:      .Ltmp0:
; CHECK-NEXT: li 12, 0
; CHECK-NEXT: rldic 12, 12, 32, 16
; CHECK-NEXT: oris 12, 12, 0
; CHECK-NEXT: ori 12, 12, 4096
; V2-NEXT:    std 2, 24(1)
; V1-NEXT:    std 2, 40(1)
; V1-NEXT:    ld 2, 8(12)
; V1-NEXT:    ld 12, 0(12)
; CHECK-NEXT: mtctr 12
; CHECK-NEXT: bctrl
; V2-NEXT:    ld 2, 24(1)
; V1-NEXT:    ld 2, 40(1)
; MORE-NEXT:  nop
; CHECK-NEXT: addi 1, 1

; An immediate callee takes 8 bytes, 14 if it does not fit into 32 bits; what is reserved beyond that is nops of 6, 4 and
; 2 bytes.
;
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-immediate.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-immediate.ll | llc -mtriple=s390x-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/10/' %S/../Inputs/sized-immediate.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,TWO
; RUN: sed -e 's/SIZE/12/' %S/../Inputs/sized-immediate.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,FOUR
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  llilf %r1, 4096
; CHECK-NEXT:  basr %r14, %r1
; TWO-NEXT:    bcr 0, %r0
; FOUR-NEXT:   bc 0, 0
; EXACT-NOT:   {{bc}}
; CHECK-NEXT:  lmg %r14, %r15

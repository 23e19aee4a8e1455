; A symbol callee is one brasl, 6 bytes, through the procedure linkage table if the linker wants.
;
; RUN: sed -e 's/SIZE/6/' %S/../Inputs/sized-symbol.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/6/' %S/../Inputs/sized-symbol.ll | llc -mtriple=s390x-unknown-linux-gnu -O0 | FileCheck %s
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,MORE
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  brasl %r14, callee@PLT
; MORE-NEXT:   bcr 0, %r0
; CHECK-NEXT:  lmg %r14, %r15

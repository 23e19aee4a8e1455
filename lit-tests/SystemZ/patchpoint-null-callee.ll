; A null callee is nops of 6, 4 and 2 bytes, as many bytes as were asked for, none for none.
; LLVM 9 has another label in its nops.
;
; REQUIRES: llvm-ge-10
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-null.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK
; RUN: sed -e 's/SIZE/2/' %S/../Inputs/sized-null.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,TWO
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,FOUR
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-null.ll | llc -mtriple=s390x-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,MANY
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; TWO-NEXT:    bcr 0, %r0
; FOUR-NEXT:   bc 0, 0
; MANY-NEXT:   {{^}}.Ltmp1:
; MANY-NEXT:   brcl 0, .Ltmp1
; MANY-NEXT:   {{^}}.Ltmp2:
; MANY-NEXT:   brcl 0, .Ltmp2
; MANY-NEXT:   bc 0, 0
; CHECK-NEXT:  lmg %r14, %r15

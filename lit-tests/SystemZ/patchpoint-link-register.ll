; A patchpoint's call destroys r14, where the return address is, so its function saves and restores it, also where the
; callee is null and may be patched.
;
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=s390x-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=s390x-unknown-linux-gnu -O0 | FileCheck %s
;
; CHECK-LABEL: sized:
; CHECK:       stmg %r14, %r15
; CHECK:       .Ltmp0:
; CHECK-NEXT:  bc 0, 0
; CHECK-NEXT:  lmg %r14, %r15
; CHECK-NEXT:  br %r14

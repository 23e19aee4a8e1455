; A patchpoint's call destroys the link register and the count register, so its function saves and restores the first,
; also where the callee is null and may be patched.
;
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=powerpc64le-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-null.ll | llc -mtriple=powerpc64-unknown-linux-gnu -O0 | FileCheck %s
;
; CHECK: mflr 0
; CHECK: .Ltmp0:
; CHECK: nop
; CHECK: mtlr 0
; CHECK: blr

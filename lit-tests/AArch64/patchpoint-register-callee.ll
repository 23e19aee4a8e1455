; L2: a callee known only at run time is called through a register, or refused with an error. Without assertions an
; address of the compiler's own making is called.
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %S/../Inputs/register-callee.ll | FileCheck %s || not llc -mtriple=aarch64-unknown-linux-gnu -o %t < %S/../Inputs/register-callee.ll 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *
;
; CHECK-LABEL: by_argument:
; CHECK-NOT:   movk
; CHECK:       blr x
; CHECK-LABEL: from_memory:
; CHECK-NOT:   movk
; CHECK:       blr x
; CHECK-LABEL: from_integer:
; CHECK-NOT:   movk
; CHECK:       blr x
; CHECK-LABEL: on_the_stack:
; CHECK-NOT:   movk
; CHECK:       blr x
; ERROR:       error: {{.*}}callee

; L2: a callee known only at run time is called through a register, or refused with an error. Today the call is not
; there: only its nops are (SystemZAsmPrinter::LowerPATCHPOINT has no else for it).
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %S/../Inputs/register-callee.ll | FileCheck %s || not llc -mtriple=s390x-unknown-linux-gnu -o %t < %S/../Inputs/register-callee.ll 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *
;
; CHECK-LABEL: {{^}}by_argument:
; CHECK:       basr %r14, %r
; CHECK-LABEL: {{^}}from_memory:
; CHECK:       basr %r14, %r
; CHECK-LABEL: {{^}}from_integer:
; CHECK:       basr %r14, %r
; CHECK-LABEL: {{^}}on_the_stack:
; CHECK:       basr %r14, %r
; ERROR:       error: {{.*}}callee

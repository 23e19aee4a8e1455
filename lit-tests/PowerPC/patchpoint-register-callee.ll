; L2: a callee known only at run time is called through the count register, or refused with an error. Today the call is
; not there: only its nops are (PPCAsmPrinter::LowerPATCHPOINT has no else for it).
;
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %S/../Inputs/register-callee.ll | FileCheck %s || not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %S/../Inputs/register-callee.ll 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *
;
; CHECK-LABEL: {{^}}by_argument:
; CHECK:       bctrl
; CHECK-LABEL: {{^}}from_memory:
; CHECK:       bctrl
; CHECK-LABEL: {{^}}from_integer:
; CHECK:       bctrl
; CHECK-LABEL: {{^}}on_the_stack:
; CHECK:       bctrl
; ERROR:       error: {{.*}}callee

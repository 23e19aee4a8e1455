; L1: the call of a symbol takes 6 bytes; less must be a diagnosed error that speaks of the size.
;
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-symbol.ll | not llc -mtriple=s390x-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-symbol.ll | not llc -mtriple=s390x-unknown-linux-gnu -O0 -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}

; L1: a reservation smaller than the 16 bytes of the call must be a diagnosed error that speaks of the size. Without
; assertions the region is longer than was promised, and a runtime that patches it overwrites only a part.
;
; RUN: sed -e 's/SIZE/12/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=aarch64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=aarch64-unknown-linux-gnu -O0 -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}

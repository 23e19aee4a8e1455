; L1: a reservation smaller than the call must be a diagnosed error that speaks of the size; pull request 177453 made
; it one in LLVM 22.
;
; RUN: sed -e 's/SIZE/28/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/36/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=powerpc64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=powerpc64le-unknown-linux-gnu -O0 -o %t 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-22
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}

; L1: the call of a symbol takes 8 bytes, the branch and what the linker may make of the nop after it. Less must be a
; diagnosed error that speaks of the size (pull request 177453, LLVM 22).
;
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-symbol.ll | not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/4/' %S/../Inputs/sized-symbol.ll | not llc -mtriple=powerpc64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-22
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}

; L1: a symbol cannot be called in no bytes at all: that must be a diagnosed error that speaks of the size.
;
; RUN: sed -e 's/SIZE/0/' %S/../Inputs/sized-symbol.ll | not llc -mtriple=aarch64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}

; L9: 10 bytes are not a whole number of instructions: what is reserved would not be what was promised. That must be an error;
; without assertions it is rounded up to 12.
;
; RUN: sed -e 's/SIZE/10/' %S/../Inputs/sized-null.ll | not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/34/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes|multiple}}

; L9: an odd number of bytes is not a whole number of instructions: what is reserved would not be what was promised. That must be
; an error; without assertions 5 bytes become 6.
;
; RUN: sed -e 's/SIZE/5/' %S/../Inputs/sized-null.ll | not llc -mtriple=s390x-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/9/' %S/../Inputs/sized-immediate.ll | not llc -mtriple=s390x-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes|multiple}}

; L9: without compressed instructions 10 bytes are not a whole number of instructions: what is reserved would not be what was
; promised. That must be an error; without assertions 10 become 8 or 12.
;
; RUN: sed -e 's/SIZE/10/' %S/../Inputs/sized-null.ll | not llc -mtriple=riscv64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/15/' %S/../Inputs/sized-null.ll | not llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes|multiple}}

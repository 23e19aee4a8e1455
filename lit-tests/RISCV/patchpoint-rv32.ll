; L11: patchpoints are for 64-bit targets, which RISC-V says itself: it should be a diagnosed error of the function, and
; not a fatal one of the compiler ("only supported on 64-bit targets").
;
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-null.ll | not llc -mtriple=riscv32-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: error: {{.*}}{{support|64-bit}}

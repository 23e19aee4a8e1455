; L11: patchpoints are for 64-bit targets, which RISC-V says itself: it should be a diagnosed error of the function, and
; not a fatal one of the compiler, as it was before LLVM 22 ("only supported on 64-bit targets").
;
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-null.ll | not llc -mtriple=riscv32-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-22
;
; CHECK: {{error|ERROR}}: {{.*}}64-bit

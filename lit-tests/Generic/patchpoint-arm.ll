; L11: ARM has no patchpoints: that must be an error of the program, not a crash of the compiler
; (ARMISelLowering.cpp, EmitInstrWithCustomInserter: "Unexpected instr type to insert").
;
; REQUIRES: arm-registered-target
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-null.ll | not llc -mtriple=armv7-unknown-linux-gnueabihf -o %t 2>&1 | FileCheck %s
; XFAIL: *
;
; CHECK: error: {{.*}}{{patchpoint|support}}

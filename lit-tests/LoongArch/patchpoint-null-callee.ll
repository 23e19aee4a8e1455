; L6: LoongArch has no lowering for a patchpoint: a null callee must be as many nops as were asked for, or the program be
; refused with an error (LoongArchISelLowering.cpp, EmitInstrWithCustomInserter; LoongArchMCInstLower.cpp).
;
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-null.ll | llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d | FileCheck %s || sed -e 's/SIZE/8/' %S/../Inputs/sized-null.ll | not llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d -o %t 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *
;
; CHECK-LABEL: sized:
; CHECK:       nop
; CHECK-NEXT:  nop
; CHECK:       .llvm_stackmaps
; ERROR:       error: {{.*}}patchpoint

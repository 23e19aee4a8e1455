; L6: LoongArch has no lowering for a patchpoint: a symbol callee must be called, or the program be refused with an error.
;
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-symbol.ll | llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d | FileCheck %s || sed -e 's/SIZE/16/' %S/../Inputs/sized-symbol.ll | not llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d -o %t 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *
;
; CHECK-LABEL: sized:
; CHECK:       callee
; CHECK:       .llvm_stackmaps
; ERROR:       error: {{.*}}patchpoint

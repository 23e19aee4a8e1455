; L3: a symbol callee is called by its name, by one bl or through a register, and never at an address that the
; compiler made up: AArch64AsmPrinter::LowerPATCHPOINT takes the operand for a number, which is a pointer of its own.
;
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-symbol.ll | llc -mtriple=aarch64-unknown-linux-gnu | FileCheck %s
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-symbol.ll | llc -mtriple=aarch64-unknown-linux-gnu -O0 | FileCheck %s
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-symbol.ll | llc -mtriple=arm64-apple-macosx | FileCheck %s
; XFAIL: *
;
; CHECK-LABEL: sized:
; CHECK:       tmp0:
; CHECK:       callee
; CHECK:       {{ldp|ret}}

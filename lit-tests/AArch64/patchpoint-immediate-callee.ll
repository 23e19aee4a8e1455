; An immediate callee takes four instructions, 16 bytes, whatever its value (a patched target must fit as well); what
; is reserved beyond them is nops.
;
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-immediate.ll | llc -mtriple=aarch64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-immediate.ll | llc -mtriple=aarch64-unknown-linux-gnu -O0 | FileCheck %s --check-prefixes=CHECK,EXACT
; RUN: sed -e 's/SIZE/20/' %S/../Inputs/sized-immediate.ll | llc -mtriple=aarch64-unknown-linux-gnu | FileCheck %s --check-prefixes=CHECK,MORE
;
; CHECK-LABEL: sized:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  mov{{z?}} x16, #0
; CHECK-NEXT:  movk x16, #0, lsl #16
; CHECK-NEXT:  movk x16, #4096
; CHECK-NEXT:  blr x16
; MORE-NEXT:   nop
; EXACT-NOT:   nop
; CHECK-NEXT:  ldp x29, x30

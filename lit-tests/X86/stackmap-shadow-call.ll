; A call in a stack map's shadow ends it: a thread that returns must find nothing there that was patched meanwhile. So the
; nops come before the call, which is counted, and the next shadow is counted anew.
;
; REQUIRES: opaque-pointers
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %S/../Inputs/shadow-call.ll | FileCheck %s
;
; CHECK:      .Ltmp0:
; CHECK-NEXT: movq %rdi, (%rsi)
; CHECK-NEXT: nopw %cs:512(%rax,%rax)
; CHECK-NEXT: nopw 8(%rax,%rax)
; CHECK-NEXT: callq callee
; CHECK-NEXT: movq $0, 0
; CHECK:      .Ltmp1:
; CHECK-NEXT: nopw %cs:512(%rax,%rax)
; CHECK-NEXT: nopw %cs:512(%rax,%rax)
; CHECK-NEXT: nopl 8(%rax)
; CHECK-NEXT: .Ltmp2:

; A call ends a stack map's shadow: a thread that returns must find nothing after it that was patched meanwhile. So what
; follows the call fills no shadow, and one without instructions is nops alone.
;
; REQUIRES: opaque-pointers
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %S/../Inputs/shadow-call.ll | FileCheck %s
;
; CHECK:      .Ltmp0:
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: std 3, 0(4)
; CHECK-NEXT: bl callee
; CHECK:      .Ltmp1:
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: .Ltmp2:

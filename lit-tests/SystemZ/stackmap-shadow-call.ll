; A call in a stack map's shadow ends it, and is counted: what follows it fills no shadow, and one without instructions is
; nops alone. A nop of six bytes branches to itself under no condition, and has a label.
;
; REQUIRES: opaque-pointers
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %S/../Inputs/shadow-call.ll | FileCheck %s
;
; CHECK:      .Ltmp0:
; CHECK-NEXT: .Ltmp1:
; CHECK-NEXT: brcl 0, .Ltmp1
; CHECK-NEXT: .Ltmp2:
; CHECK-NEXT: brcl 0, .Ltmp2
; CHECK-NEXT: stg %r2, 0(%r3)
; CHECK-NEXT: brasl %r14, callee
; CHECK:      .Ltmp3:
; CHECK-NEXT: .Ltmp4:
; CHECK-NEXT: brcl 0, .Ltmp4
; CHECK-NEXT: .Ltmp5:
; CHECK-NEXT: brcl 0, .Ltmp5
; CHECK-NEXT: .Ltmp6:
; CHECK-NEXT: brcl 0, .Ltmp6
; CHECK-NEXT: .Ltmp7:
; CHECK-NEXT: brcl 0, .Ltmp7
; CHECK-NEXT: .Ltmp8:

; L20: what emits no code takes no room: the shadow of a stackmap on RISC-V is filled by instructions alone. Today a barrier
; for the compiler or an assembler directive counts for an instruction (RISCVAsmPrinter.cpp, LowerSTACKMAP). How much
; inline assembly is, nobody knows, so it does not count. And debug information changes no code.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %S/../Inputs/shadow-no-code.ll | FileCheck %s
; XFAIL: *
;
; CHECK-LABEL: barriers:
; CHECK:       .Ltmp0:
; CHECK:       nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NOT:   nop
; CHECK:       {{^}}.Ltmp1:
;
; CHECK-LABEL: behind_barrier:
; CHECK:       .Ltmp2:
; CHECK:       nop
; CHECK-NEXT:  nop
; CHECK-NOT:   nop
; CHECK:       {{^}}.Ltmp3:
;
; CHECK-LABEL: debug_value:
; CHECK:       .Ltmp{{[0-9]+}}:
; CHECK-NOT:   nop
; CHECK:       DEBUG_VALUE: debug_value:a <-
; CHECK-NOT:   nop
; CHECK:       .Lfunc_end2:

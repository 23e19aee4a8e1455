; L20: what emits no code takes no room in the shadow of a stackmap on SystemZ, and of inline assembly nobody knows how
; much there is: today one instruction of two bytes counts for the six of the longest (SystemZAsmPrinter.cpp,
; LowerSTACKMAP).
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: barrier:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  bc 0, 0
; CHECK-NOT:   bc
; CHECK:       {{^}}.Ltmp1:
define void @barrier() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 4)
  call void asm sideeffect "", "~{memory}"()
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  ret void
}

; CHECK-LABEL: assembly:
; CHECK:       .Ltmp{{[0-9]+}}:
; CHECK-NEXT:  bc 0, 0
; CHECK:       lr %r0, %r0
; CHECK:       br %r14
define void @assembly() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 12)
  call void asm sideeffect "lr %r0, %r0", "~{memory}"()
  ret void
}

; A shadow is filled by what follows it, by nops only before the next map.
; LLVM 9 has another label in its nops.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  {{^}}.Ltmp1:
; CHECK-NEXT:  brcl 0, .Ltmp1
; CHECK-NEXT:  bcr 0, %r0
; CHECK-NEXT:  {{^}}.Ltmp2:
; CHECK-NEXT:  lmg %r14, %r15
; CHECK-NEXT:  br %r14
; CHECK-NEXT:  .Lfunc_end0:
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 8)
  ret void
}

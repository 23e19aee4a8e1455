; The low half of a spilled register is the second half of its slot where the most significant byte comes first: its
; location is four bytes further on (TargetInstrInfo.cpp, foldPatchpoint).
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:    stg %r2, 160(%r15)
; MAP:      record 1
; MAP-NEXT: Indirect reg 15, offset 164, size 4
; MAP-NEXT: Indirect reg 15, offset 160, size 8
define void @caller(i64 %a) nounwind {
  %half = trunc i64 %a to i32
  call void asm sideeffect "", "~{r0},~{r1},~{r2},~{r3},~{r4},~{r5},~{r6},~{r7},~{r8},~{r9},~{r10},~{r11},~{r12},~{r13},~{r14}"()
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i32 %half, i64 %a)
  ret void
}

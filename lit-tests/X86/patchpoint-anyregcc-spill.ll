; anyregcc with every register taken afterwards: the result is recorded in the register that the patchpoint leaves
; it in, and is spilled from there; the live value is recorded where it was spilled to.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck --check-prefix=MAP %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, [[SPILL:-[0-9]+]](%rbp)
; CHECK:       .Ltmp0:
; CHECK:       movq %rax, {{-[0-9]+}}(%rbp)
; MAP:         record 7
; MAP-NEXT:    Register reg 0, size 8
; MAP-NEXT:    Indirect reg 6, offset -{{[0-9]+}}, size 8
; MAP-NOT:     live-out
define i64 @caller(i64 %a) {
  call void asm sideeffect "", "~{rax},~{rbx},~{rcx},~{rdx},~{rsi},~{rdi},~{r8},~{r9},~{r10},~{r11},~{r12},~{r13},~{r14},~{r15}"()
  %r = call anyregcc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 7, i32 13, ptr null, i32 0, i64 %a)
  call void asm sideeffect "", "~{rax},~{rbx},~{rcx},~{rdx},~{rsi},~{rdi},~{r8},~{r9},~{r10},~{r11},~{r12},~{r13},~{r14},~{r15}"()
  ret i64 %r
}

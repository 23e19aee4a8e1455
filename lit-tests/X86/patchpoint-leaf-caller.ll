; A patchpoint makes its function one that calls: a frame is set up, also where everything else would do without
; one, and the red zone holds nothing that is live across it (a patched call pushes its return address there).
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       pushq %rbp
; CHECK:       movq %rsp, %rbp
; CHECK:       subq ${{[0-9]+}}, %rsp
; CHECK:       movq %rdi, -{{[0-9]+}}(%rbp)
; CHECK:       nopw
; CHECK:       movq -{{[0-9]+}}(%rbp), %rax
; CHECK:       popq %rbp
; CHECK:       retq
define i64 @caller(i64 %a) {
  %slot = alloca i64
  store volatile i64 %a, ptr %slot
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  %b = load volatile i64, ptr %slot
  ret i64 %b
}

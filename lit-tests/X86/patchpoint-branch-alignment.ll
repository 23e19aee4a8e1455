; Where calls are aligned to a boundary (the options for Intel's erratum), a patchpoint's call is not: what would be
; padded there would make the region longer than what was reserved. This call is at 0x1e and ends at 0x21.
;
; REQUIRES: llvm-objdump, opaque-pointers
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -x86-align-branch-boundary=32 -x86-align-branch=call+indirect -filetype=obj -o %t %s
; RUN: llvm-objdump -d %t | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK:      14: {{.*}}movabsq
; CHECK-NEXT: 1e: {{.*}}callq *%r11
; CHECK-NEXT: 21: {{.*}}nop
; CHECK-NEXT: 23: {{.*}}popq %rbp
; The same call in no patchpoint is moved, so the options do something.
; CHECK:      5f: {{.*}}nop
; CHECK-NEXT: 60: {{.*}}callq *%rdi
define void @caller() nounwind {
  call void asm sideeffect ".skip 16, 0xcc", ""()
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr @callee, i32 0)
  ret void
}

define void @control(ptr %callee) nounwind {
  call void asm sideeffect ".p2align 5, 0xcc; .skip 31, 0xcc", ""()
  call void %callee()
  ret void
}

; The llvm-dev report of December 2013 with room for the call: a symbol callee made the instruction selector
; stop with "cast<Ty>() argument of incompatible type!" in SelectionDAGBuilder::visitPatchpoint, when the
; callee was assumed to be a constant integer. It must compile, on every path to an object.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 -code-model=large < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -filetype=obj -o %t < %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i64 @safepoint(i32)

; CHECK-LABEL: caller:
; CHECK:       xorl %edi, %edi
; CHECK:       movabsq $safepoint, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK:       retq
define i64 @caller() {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 42, i32 18, ptr @safepoint, i32 1, i32 0)
  ret i64 %r
}

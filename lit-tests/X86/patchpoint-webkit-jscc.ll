; The convention webkit_jscc was made for patchpoints of JavaScript: the first argument in rax, the others on the stack.
; LLVM 18 took it away: there the program is refused.
;
; UNSUPPORTED: llvm-ge-18
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK-DAG:   movq %rsi, (%rsp)
; CHECK-DAG:   movq %rdi, %rax
; CHECK:       movabsq $4096, %r11
; CHECK-NEXT:  callq *%r11
define i64 @caller(i64 %a, i64 %b) {
  %r = call webkit_jscc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 16, ptr inttoptr (i64 4096 to ptr), i32 2, i64 %a, i64 %b)
  ret i64 %r
}

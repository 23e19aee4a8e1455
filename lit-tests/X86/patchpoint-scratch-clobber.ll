; The call's scratch register r11 is destroyed by a patchpoint, also by one without a call (it may be patched to
; one): a value that lives there has to be moved away before and back after.
; LLVM 9 prints the prefixes of nops as bytes.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, %r11
; CHECK:       movq %r11, [[SAVED:.*]]
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nopw
; CHECK:       movq [[SAVED]], %r11
; CHECK:       addq %r11, %rax
define i64 @caller(i64 %a) {
  %x = call i64 asm "movq $1, $0", "={r11},r"(i64 %a)
  %r = call anyregcc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr null, i32 0)
  %y = call i64 asm "addq $2, $0", "={rax},0,{r11}"(i64 %r, i64 %x)
  ret i64 %y
}

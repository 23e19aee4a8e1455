; `tail` on a patchpoint is ignored: what follows its region is an ordinary return, as the runtime that patches the
; region expects.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movabsq $4096, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nop{{$}}
; CHECK-NOT:   jmp
; CHECK:       retq
define i64 @caller(i64 %a) {
  %r = tail call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 14, ptr inttoptr (i64 4096 to ptr), i32 1, i64 %a)
  ret i64 %r
}

; L11: GlobalISel cannot lower a patchpoint; made to try (abort=1) it must select it as SelectionDAG does.
; (IRTranslator.cpp leaves it a G_INTRINSIC_W_SIDE_EFFECTS that nothing selects.)
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -global-isel -global-isel-abort=1 < %s | FileCheck %s
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movabsq $4096, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nopl (%rax)
define i64 @caller(i64 %a) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 16, ptr inttoptr (i64 4096 to ptr), i32 1, i64 %a)
  ret i64 %r
}

; GlobalISel is the default at -O0 on AArch64 and cannot lower a patchpoint (L11): the function falls back to
; SelectionDAG, and nothing is lost on the way (issue 57349: neither its tokens nor its calls).
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -global-isel -global-isel-abort=2 < %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movk x16, #48879, lsl #16
; CHECK-NEXT:  movk x16, #51966
; CHECK-NEXT:  blr x16
; CHECK-NEXT:  nop
; CHECK:       ret
define i64 @caller(i64 %a) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 20, ptr inttoptr (i64 244837814094590 to ptr), i32 1, i64 %a)
  ret i64 %r
}

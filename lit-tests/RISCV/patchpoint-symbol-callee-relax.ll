; L4: the linker may not relax the call in a patchpoint: the reserved bytes would get fewer. Any other call may be.
;
; REQUIRES: llvm-readobj
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+relax -filetype=obj -o %t < %s
; RUN: llvm-readobj -r %t | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()
declare void @other()

; CHECK:      .rela.text {
; CHECK:      R_RISCV_CALL_PLT callee 0x0
; CHECK-NOT:  R_RISCV_RELAX
; CHECK:      R_RISCV_CALL_PLT other 0x0
; CHECK-NEXT: R_RISCV_RELAX
define void @caller() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 8, ptr @callee, i32 0)
  call void @other()
  ret void
}

; L9 for stack maps: a shadow is a minimum, so 5 bytes of it are those of two instructions. Today an assertion, or nops
; without end: what is left of it passes 0.
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -o %t < %s
; RUN: FileCheck %s < %t
; UNSUPPORTED: llvmlite && !asserts
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  nop
; CHECK-NEXT:  .Ltmp1:
; CHECK-NOT:   nop
; CHECK:       ret
; CHECK-NEXT:  .Lfunc_end0:
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 5)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 1)
  ret void
}

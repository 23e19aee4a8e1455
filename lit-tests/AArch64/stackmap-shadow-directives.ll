; Directives take no room: between this stack map and the function's end there are two instructions, so that a shadow of
; 16 bytes needs two nops. Today each .cfi directive counts for four bytes (AArch64AsmPrinter.cpp, LowerSTACKMAP), and
; whoever patches the shadow writes beyond the function.
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: llvm-ge-15

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       bl callee
; CHECK-NEXT:  .Ltmp0:
; CHECK:       nop
; CHECK:       nop
; CHECK:       ldp x29, x30, [sp], #16
; CHECK:       ret
define void @caller() uwtable {
  call void @callee()
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 16)
  ret void
}

; A shadow is filled by what follows it, by nops only before the next map.
;
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      .Ltmp0:
; CHECK-NEXT: nop
; CHECK-NEXT: nop
; CHECK-NEXT: .Ltmp1:
; CHECK-NEXT: addi 1, 1
; CHECK-NOT:  nop
; CHECK:      blr
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 16)
  ret void
}

; A value in the second byte of a register is moved to a place of its own, since a location has no bit offset: the
; record must never name the register of the whole.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck --check-prefix=MAP %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       shr{{[lq]}} $8, %{{[er]}}di
; CHECK:       .Ltmp0:
; MAP:         record 1
; MAP-NEXT:    Register reg 5, size 1
define void @caller(i64 %a) {
  %high = lshr i64 %a, 8
  %byte = trunc i64 %high to i8
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i8 %byte)
  ret void
}

; The scratch register of the call is r11: both instructions need a REX prefix with B set, so the call takes
; 13 bytes and not 12. A runtime that patches the region counts on exactly these bytes being there.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -show-mc-encoding < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 -show-mc-encoding < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; 13 bytes: nothing is left to pad.
; CHECK-LABEL: exact:
; CHECK:       movabsq $callee, %r11 {{.*}}encoding: [0x49,0xbb,A,A,A,A,A,A,A,A]
; CHECK:       callq *%r11 {{.*}}encoding: [0x41,0xff,0xd3]
; CHECK-NOT:   nop
; CHECK:       retq
define void @exact() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @callee, i32 0)
  ret void
}

; 14 bytes: one byte of padding, after the call.
; CHECK-LABEL: one_more:
; CHECK:       movabsq $callee, %r11
; CHECK:       callq *%r11 {{.*}}encoding: [0x41,0xff,0xd3]
; CHECK-NEXT:  nop {{.*}}encoding: [0x90]
; CHECK-NOT:   nop
; CHECK:       retq
define void @one_more() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 14, ptr @callee, i32 0)
  ret void
}

; A small number still gets the long form: the size of the call must not depend on the address.
; CHECK-LABEL: small_immediate:
; CHECK:       movabsq $1, %r11 {{.*}}encoding: [0x49,0xbb,0x01,0x00,0x00,0x00,0x00,0x00,0x00,0x00]
; CHECK:       callq *%r11 {{.*}}encoding: [0x41,0xff,0xd3]
; CHECK-NOT:   nop
; CHECK:       retq
define void @small_immediate() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr inttoptr (i64 1 to ptr), i32 0)
  ret void
}

; In the x32 ABI pointers have 32 bits, but a call through a patchpoint is the same 13 bytes: the address is
; zero-extended, and the map says 4 bytes for a live pointer.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnux32 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnux32 < %s | %records | FileCheck --check-prefix=MAP %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       movabsq $callee, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $1193046, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nop{{$}}
; MAP:         record 1
; MAP-NEXT:    Register reg {{[0-9]+}}, size 4
define void @caller(ptr %live) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @callee, i32 0, ptr %live)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 14, ptr inttoptr (i32 1193046 to ptr), i32 0)
  ret void
}

; The live-outs of a patchpoint are the registers that are read after it, each once, with the largest part of it
; that is read: four bytes of edx, eight of rcx although a part of it is read as well, sixteen of xmm0.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck --check-prefix=OFF %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:     record 1
; CHECK-DAG: live-out reg 1, size 4
; CHECK-DAG: live-out reg 2, size 8
; CHECK-DAG: live-out reg 4, size {{[14]$}}
; CHECK-DAG: live-out reg 5, size 8
; CHECK-DAG: live-out reg 17, size 16
; OFF:       record 1
; OFF-NOT:   live-out
define void @caller(ptr %where, i8 %byte, i32 %half, i64 %whole, float %real) {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  store volatile i8 %byte, ptr %where
  store volatile i32 %half, ptr %where
  %part = trunc i64 %whole to i16
  store volatile i16 %part, ptr %where
  store volatile i64 %whole, ptr %where
  store volatile float %real, ptr %where
  ret void
}

; An object in the frame is recorded by its address (Direct), so its size does not matter: 256 bytes and more than
; 65535 do not wrap the 16-bit size of a location, which is a pointer's.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Direct reg 6, offset -{{[0-9]+}}, size 8
; CHECK-NEXT: Direct reg 6, offset -{{[0-9]+}}, size 8
define void @caller() {
  %some = alloca [256 x i8]
  %many = alloca [70000 x i8]
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, ptr %some, ptr %many)
  ret void
}

; In the x32 ABI an address has 32 bits: the record of an object in the frame says 4 bytes, whatever the size of the
; object.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnux32 < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Direct reg 6, offset -8, size 4
; CHECK-NEXT: Register reg {{[0-9]+}}, size 4
define void @caller(ptr %live) {
  %object = alloca i64
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, ptr %object, ptr %live)
  ret void
}

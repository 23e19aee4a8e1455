; An undefined live value has a location all the same, so that those after it keep their places: the constant
; 0xFEFEFEFE, or (from LLVM 20 on) any register.
; LLVM 11 has no poison.
;
; REQUIRES: llvm-ge-12
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 -enable-patchpoint-liveness=false < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: {{Constant -16843010|ConstantIndex 0 .4278124286.|Register reg [0-9]+}}, size 8
; CHECK-NEXT: Constant 7, size 8
; CHECK-NEXT: {{Constant -16843010|ConstantIndex 0 .4278124286.|Register reg [0-9]+}}, size {{[48]}}
; CHECK-NEXT: Constant 8, size 8
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i64 undef, i64 7, i32 poison, i64 8)
  ret void
}

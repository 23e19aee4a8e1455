; Issue 55609: a constant of 128 bits is recorded by value if the map can hold it, which is 64 bits with sign.
; LLVM 22 writes a pointer of the compiler's own for every one that is not small ("Result type 0 illegal" with
; assertions).
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: llvm-20, llvm-ge-22

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      constant 9223372036854775807{{$}}
; CHECK-NEXT: record 1
; CHECK-NEXT: Constant 5, size
; CHECK-NEXT: Constant -1, size
; CHECK-NEXT: ConstantIndex 0
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i128 5, i128 -1, i128 9223372036854775807)
  ret void
}

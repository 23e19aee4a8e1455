; Constants are recorded by value: what fits into 32 bits with its sign inline, the rest in the pool; a narrow one
; with its sign, except that i1 true may be 1 or -1; from both selectors.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false -O0 < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      constant 2147483648{{$}}
; CHECK-NEXT: constant -2147483649{{$}}
; CHECK-NEXT: record 1
; CHECK-NEXT: Constant {{-?}}1, size 8
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: Constant -32768, size 8
; CHECK-NEXT: Constant 2147483647, size 8
; CHECK-NEXT: Constant -2147483648, size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NEXT: ConstantIndex 1 (-2147483649), size 8
; CHECK-NEXT: Constant 0, size 8
; CHECK-NOT:  Constant
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i1 true, i8 -1, i16 -32768, i32 2147483647, i64 -2147483648, i64 2147483648, i64 -2147483649, ptr null)
  ret void
}

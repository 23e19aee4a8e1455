; Constants are recorded by value on every target, whatever its order of bytes: what fits into 32 bits with its sign inline,
; the rest in the pool, each once.
; LLVM 9 writes no map into ELF of AArch64.
;
; REQUIRES: aarch64-registered-target, powerpc-registered-target, systemz-registered-target, x86-registered-target, llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=aarch64_be-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=powerpc64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      constant 2147483648{{$}}
; CHECK-NEXT: constant -4294967297{{$}}
; CHECK-NEXT: record 4294967297
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: Constant 2147483647, size 8
; CHECK-NEXT: Constant -2147483648, size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NEXT: ConstantIndex 1 (-4294967297), size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NOT:  Constant
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 4294967297, i32 0, i32 -1, i32 2147483647, i64 -2147483648, i64 2147483648, i64 -4294967297, i64 2147483648)
  ret void
}

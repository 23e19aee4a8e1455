; On every target: 2^64 - 1 for the frame of a function with an object of variable size, and one entry for each function
; that has records, with their number.
; LLVM 9 writes no map into ELF of AArch64.
;
; REQUIRES: aarch64-registered-target, powerpc-registered-target, systemz-registered-target, llvm-ge-10
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=powerpc64-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %s | %records | FileCheck %s
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      function {{[.]?}}varies: stack 18446744073709551615, records 1
; CHECK-NEXT: function {{[.]?}}plain: stack {{[0-9]+}}, records 2
; CHECK-NEXT: record 18446744073709551615
; CHECK:      record 2
; CHECK:      record 3
define void @varies(i64 %n) {
  %block = alloca i8, i64 %n
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 -1, i32 0, ptr %block)
  ret void
}

define void @without() {
  ret void
}

define void @plain() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 0)
  ret void
}

; Issue 117757: the location of an object far away in the frame is its own, also where its offset does not fit an
; instruction: the recorded offsets differ by what lies between the objects.
; LLVM 9 writes no map into ELF of AArch64.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=arm64-apple-macosx < %s | %records | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @use(ptr, ptr)

; CHECK:      record 1
; CHECK-NEXT: Direct reg {{29|31}}, offset {{-?[0-9]+}}, size 8
; CHECK-NEXT: Direct reg {{29|31}}, offset {{-?[0-9]+}}, size 8
; CHECK-NOT:  {{Register|Indirect}}
define void @caller() {
  %near = alloca i64
  %far = alloca [40000 x i8]
  call void @use(ptr %near, ptr %far)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, ptr %near, ptr %far)
  ret void
}

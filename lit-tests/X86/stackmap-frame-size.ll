; The map says how large each frame is, without the return address, and 2^64 - 1 for one whose size varies; which
; functions it has, and how many records each: a function without any is not there. Ids have 64 bits.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      version 3
; CHECK-NEXT: function plain: stack 8, records 2
; CHECK-NEXT: function large: stack 4104, records 1
; CHECK-NEXT: function varies: stack 18446744073709551615, records 1
; CHECK-NEXT: record 4294967296 at .Ltmp0-plain
; CHECK:      record 18446744073709551615 at .Ltmp1-plain
; CHECK:      record 5 at .Ltmp2-large
; CHECK-NEXT: Direct reg 6, offset -4096, size 8
; CHECK:      record 6 at .Ltmp3-varies
define void @plain() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4294967296, i32 5, ptr null, i32 0)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 -1, i32 0)
  ret void
}

define void @without() {
  ret void
}

define void @large() {
  %block = alloca [4096 x i8]
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 5, ptr null, i32 0, ptr %block)
  ret void
}

define void @varies(i64 %n) {
  %block = alloca i8, i64 %n
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 6, i32 0)
  ret void
}

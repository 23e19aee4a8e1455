; A float is in the upper half of its 64-bit register, which has the only DWARF number: the record says by how many bits
; it is away from the register's start.
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 16, size 8
; CHECK-NEXT: Register reg 17, offset 32, size 4
define void @caller(double %d, float %f) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, double %d, float %f)
  ret void
}

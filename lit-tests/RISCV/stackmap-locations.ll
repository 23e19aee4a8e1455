; The kinds of location on RISC-V: a0 and a1 are 10 and 11 to DWARF, an object is addressed from the stack pointer.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %S/../Inputs/locations.ll | %records | FileCheck %s
;
; CHECK:      function locations: stack 16, records 1
; CHECK-NEXT: constant 2147483648{{$}}
; CHECK-NEXT: record 7 at .Ltmp0-locations
; CHECK-NEXT: Register reg 10, size 8
; CHECK-NEXT: Register reg 11, size 8
; CHECK-NEXT: Direct reg 2, offset 8, size 8
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8

; The kinds of location on SystemZ: r2 and r3 are 2 and 3 to DWARF, an object is addressed from the stack pointer r15.
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %S/../Inputs/locations.ll | %records | FileCheck %s
;
; CHECK:      function locations: stack 168, records 1
; CHECK-NEXT: constant 2147483648{{$}}
; CHECK-NEXT: record 7 at .Ltmp0-locations
; CHECK-NEXT: Register reg 2, size 8
; CHECK-NEXT: Register reg 3, size 8
; CHECK-NEXT: Direct reg 15, offset 160, size 8
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8

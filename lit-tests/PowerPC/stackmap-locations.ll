; The kinds of location on PowerPC: r3 and r4 are 3 and 4 to DWARF, an object is addressed from the frame pointer r31.
; The order of bytes changes nothing but the bytes; with function descriptors the map has the descriptor's symbol.
;
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %S/../Inputs/locations.ll | %records | FileCheck %s
; RUN: llc -mtriple=powerpc64-unknown-linux-gnu < %S/../Inputs/locations.ll | %records | FileCheck %s
;
; CHECK:      function locations: stack {{[0-9]+}}, records 1
; CHECK-NEXT: constant 2147483648{{$}}
; CHECK-NEXT: record 7 at .Ltmp0-.Lfunc_begin0
; CHECK-NEXT: Register reg 3, size 8
; CHECK-NEXT: Register reg 4, size 8
; CHECK-NEXT: Direct reg 31, offset {{[0-9]+}}, size 8
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8

; The kinds of location on AArch64: x0 and x1 are 0 and 1 to DWARF; an object is addressed from the stack pointer or
; the frame pointer; large constants are in the pool once. The section is allocated.
; LLVM 9 writes no map into ELF of AArch64.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %S/../Inputs/locations.ll | %records | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %S/../Inputs/locations.ll | FileCheck --check-prefix=SECTION %s
; RUN: llc -mtriple=arm64-apple-macosx < %S/../Inputs/locations.ll | %records | FileCheck %s
;
; CHECK:      function {{_?}}locations: stack 32, records 1
; CHECK-NEXT: constant 2147483648{{$}}
; CHECK-NEXT: record 7 at {{.*}}tmp0-{{_?}}locations
; CHECK-NEXT: Register reg 0, size 8
; CHECK-NEXT: Register reg 1, size 8
; CHECK-NEXT: Direct reg {{29|31}}, offset {{-?[0-9]+}}, size 8
; CHECK-NEXT: Constant -1, size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; CHECK-NEXT: ConstantIndex 0 (2147483648), size 8
; SECTION:    .section .llvm_stackmaps,"a",@progbits

; On Darwin the map is in __LLVM_STACKMAPS,__llvm_stackmaps, as on x86-64.
;
; RUN: llc -mtriple=arm64-apple-macosx < %S/../Inputs/locations.ll | FileCheck %s
;
; CHECK:      .section __LLVM_STACKMAPS,__llvm_stackmaps
; CHECK-NEXT: __LLVM_StackMaps:
; CHECK-NEXT: .byte 3
; CHECK:      .quad _locations

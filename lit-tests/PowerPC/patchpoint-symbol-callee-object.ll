; In an object file a symbol callee is one relocation of a branch; the function's entry in the map is one of 64 bits.
;
; REQUIRES: llvm-readobj
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=powerpc64le-unknown-linux-gnu -filetype=obj -o %t
; RUN: llvm-readobj -r %t | FileCheck %s
;
; CHECK: .rela.text {
; CHECK: R_PPC64_REL24 callee 0x0
; CHECK: .rela.llvm_stackmaps {
; CHECK: R_PPC64_ADDR64

; In an object file a symbol callee is one relocation, which a linker may send through its table of far calls.
;
; REQUIRES: llvm-readobj
; RUN: sed -e 's/SIZE/6/' %S/../Inputs/sized-symbol.ll | llc -mtriple=s390x-unknown-linux-gnu -filetype=obj -o %t
; RUN: llvm-readobj -r %t | FileCheck %s
;
; CHECK: .rela.text {
; CHECK: R_390_PLT32DBL callee 0x2
; CHECK: .rela.llvm_stackmaps {
; CHECK: R_390_64 {{sized|.text}}

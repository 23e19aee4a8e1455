; L3: in an object file a symbol callee is a relocation against that symbol, so that the linker decides where to call.
;
; REQUIRES: llvm-readobj
; RUN: sed -e 's/SIZE/16/' %S/../Inputs/sized-symbol.ll | llc -mtriple=aarch64-unknown-linux-gnu -filetype=obj -o %t
; RUN: llvm-readobj -r %t | FileCheck %s
; XFAIL: *
;
; CHECK:      .rela.text {
; CHECK:      R_AARCH64_{{[A-Z0-9_]+}} callee 0x0

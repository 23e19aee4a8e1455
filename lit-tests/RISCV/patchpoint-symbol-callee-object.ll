; L4: in an object file a symbol callee is a relocation of a call. Today there is none for it ("unsupported relocation
; type", an abort with assertions): RISCVAsmPrinter::LowerPATCHPOINT makes an operand without RISCVII::MO_CALL.
;
; REQUIRES: llvm-ge-19
; RUN: sed -e 's/SIZE/8/' %S/../Inputs/sized-symbol.ll | llc -mtriple=riscv64-unknown-linux-gnu -filetype=obj -o %t
; XFAIL: *

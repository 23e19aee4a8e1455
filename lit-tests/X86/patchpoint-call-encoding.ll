; The scratch register of the call is r11, so both instructions carry a REX prefix with B set: 13 bytes and not
; the 12 that rax would take. The bytes are counted in the object file, where a runtime will patch them.
; LLVM 9's objdump prints labels without brackets.
;
; REQUIRES: llvm-objdump, llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t < %s
; RUN: llvm-objdump -d %t | FileCheck --check-prefixes=CHECK,SYMBOL %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -filetype=obj -o %t.pic < %s
; RUN: llvm-objdump -d %t.pic | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK-LABEL: <immediate>:
; CHECK:       4: 49 bb fe ca ef be ad de 00 00 movabsq $
; CHECK-NEXT:  e: 41 ff d3 callq *%r11
; CHECK-NEXT:  11: 5d popq %rbp
define void @immediate() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

; The address is left to the linker. (Position independent code may well be without it.)
; CHECK-LABEL: <symbol>:
; SYMBOL:      24: 49 bb 00 00 00 00 00 00 00 00 movabsq $0
; SYMBOL-NEXT: 2e: 41 ff d3 callq *%r11
; CHECK:       31: 5d popq %rbp
define void @symbol() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr @callee, i32 0)
  ret void
}

; As long as promised: 64 bytes of nops end where the next instruction begins.
; CHECK-LABEL: <nops>:
; CHECK:       44: 2e 66 0f 1f 84 00 00 02 00 00 nopw
; CHECK:       84: 5d popq %rbp
define void @nops() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 64, ptr null, i32 0)
  ret void
}

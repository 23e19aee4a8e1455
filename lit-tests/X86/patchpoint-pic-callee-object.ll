; A feature that LLVM lacks: in an object with position independent code, all relocations of the text are relative to the
; instruction pointer, those of patchpoints too (ELF and Mach-O); and each region is as long as promised.
;
; REQUIRES: llvm-readobj, llvm-objdump
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -filetype=obj -o %t.elf < %s
; RUN: llvm-readobj -r %t.elf | FileCheck --check-prefix=ELF %s
; RUN: llvm-objdump -d --no-show-raw-insn %t.elf | FileCheck %s
; RUN: llc -mtriple=x86_64-apple-darwin -filetype=obj -o %t.macho < %s
; RUN: llvm-readobj -r %t.macho | FileCheck --check-prefix=MACHO %s
; RUN: llvm-objdump -d --no-show-raw-insn %t.macho | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @declared()
declare hidden void @hidden()

; ELF:       Section {{.*}} .rela.text {
; ELF-NEXT:    {{R_X86_64_(PLT32|GOTPCRELX|GOTPCREL)}} declared 0xFFFFFFFFFFFFFFFC
; ELF-NEXT:    {{R_X86_64_(PLT32|PC32)}} hidden 0xFFFFFFFFFFFFFFFC
; ELF-NEXT:  }

; Mach-O has them in reverse: the 1 is for "relative".
; MACHO:      Section __text {
; MACHO-NEXT:   0x{{[0-9A-F]+}} 1 2 1 X86_64_RELOC_BRANCH 0 _hidden
; MACHO-NEXT:   0x{{[0-9A-F]+}} 1 2 1 {{X86_64_RELOC_(BRANCH|GOT_LOAD|GOT)}} 0 _declared
; MACHO-NEXT: }

; CHECK-LABEL: caller>:
; CHECK:       0: pushq %rbp
; CHECK:       4: callq
; CHECK-NEXT:  nop
; CHECK:       14: callq
; CHECK-NEXT:  nop
; CHECK:       34: popq %rbp
; CHECK:       retq
define void @caller() nounwind "frame-pointer"="all" {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr @declared, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 32, ptr @hidden, i32 0)
  ret void
}

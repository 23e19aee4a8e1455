; On ELF the map is in the allocated section .llvm_stackmaps, with one hidden-by-name label at its start, aligned
; to 8, and each function there is one relocation for the loader.
;
; REQUIRES: llvm-readobj
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t < %s
; RUN: llvm-readobj -S -r %t | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:      Name: .llvm_stackmaps
; CHECK-NEXT: Type: SHT_PROGBITS
; CHECK:      SHF_ALLOC
; CHECK:      AddressAlignment: 8{{$}}
; CHECK:      {{\)}} .rela.llvm_stackmaps {
; CHECK-NEXT: 0x10 R_X86_64_64 {{[.]text|caller}} 0x0
; CHECK-NEXT: }
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 5, ptr null, i32 0)
  ret void
}

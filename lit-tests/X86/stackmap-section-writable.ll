; Issue 55622: with position-independent code the loader must write addresses into .llvm_stackmaps, so the section
; has to be writable (SHF_WRITE) there, as .data.rel.ro is. Today it is not, and the program has text relocations.
;
; REQUIRES: llvm-readobj
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -filetype=obj -o %t < %s
; RUN: llvm-readobj -S %t | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:      Name: .llvm_stackmaps
; CHECK-NEXT: Type: SHT_PROGBITS
; CHECK-NEXT: Flags [
; CHECK-NEXT: SHF_ALLOC
; CHECK-NEXT: SHF_WRITE
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 5, ptr null, i32 0)
  ret void
}

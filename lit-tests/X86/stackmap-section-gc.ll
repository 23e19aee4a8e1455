; Issue 75074: a linker that drops unreferenced sections drops the map, and with function sections it cannot keep
; the part of the functions that stay. The section has to say that it is to be kept (SHF_GNU_RETAIN), or which
; section it belongs to (SHF_LINK_ORDER).
;
; REQUIRES: llvm-readobj
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -function-sections -filetype=obj -o %t < %s
; RUN: llvm-readobj -S %t | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:      Name: .llvm_stackmaps
; CHECK-NEXT: Type: SHT_PROGBITS
; CHECK-NEXT: Flags [
; CHECK:      {{SHF_GNU_RETAIN|SHF_LINK_ORDER}}
; CHECK:      ]
; CHECK:      Address:
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 5, ptr null, i32 0)
  ret void
}

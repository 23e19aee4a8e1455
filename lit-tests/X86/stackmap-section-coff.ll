; On Windows the map is in the section .llvm_stackmaps, and an imported callee is called as it is named: what
; __imp_ holds is the address of a pointer, not of code.
;
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-pc-windows-msvc -filetype=obj -o %t < %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare dllimport void @imported()
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       movabsq $imported, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $callee, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nop{{$}}
; CHECK:       .section .llvm_stackmaps,"dr"
; CHECK-NEXT:  __LLVM_StackMaps:
; CHECK:       .quad caller
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @imported, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 14, ptr @callee, i32 0)
  ret void
}

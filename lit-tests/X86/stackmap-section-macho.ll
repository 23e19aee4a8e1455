; On Darwin the map is in its own segment, __LLVM_STACKMAPS,__llvm_stackmaps, under the label __LLVM_StackMaps, and
; symbols have their underscore, the callee as well.
;
; RUN: llc -mtriple=x86_64-apple-macosx10.13 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-apple-macosx10.13 -O0 < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK-LABEL: _caller:
; CHECK:       {{(movabsq|callq)}} {{[$*]?}}_callee{{(,|@|$)}}
; CHECK:       .section __LLVM_STACKMAPS,__llvm_stackmaps
; CHECK-NEXT:  __LLVM_StackMaps:
; CHECK-NEXT:  .byte 3
; CHECK:       .quad _caller
; CHECK:       .long Ltmp0-_caller
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr @callee, i32 0)
  ret void
}

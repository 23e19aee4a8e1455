; dso_local_equivalent names a symbol too: a patchpoint calls it, from SelectionDAG and from FastISel.
; LLVM 11 cannot read it.
;
; REQUIRES: llvm-ge-12
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

define hidden void @inside() {
  ret void
}

; CHECK-LABEL: caller:
; CHECK:       movabsq $inside, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nop{{$}}
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 14, ptr dso_local_equivalent @inside, i32 0)
  ret void
}

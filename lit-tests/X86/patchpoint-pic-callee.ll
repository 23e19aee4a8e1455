; A feature that LLVM lacks: position independent code calls a symbol relative to the instruction pointer, or through its
; entry of the global offset table; its address is not a constant of the text, as that would be a text relocation
; (X86MCInstLower.cpp, LowerPATCHPOINT). 13 bytes, what a call took before, are still enough for it.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -O0 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -code-model=medium < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-apple-darwin < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

declare void @declared()
declare void @eager() nonlazybind
declare hidden void @hidden()

define internal void @inner() noinline {
  ret void
}

define void @defined() noinline {
  ret void
}

; CHECK-LABEL: caller:
; CHECK-NOT:   movabs
; CHECK:       callq {{[*]?_?}}declared
; CHECK-NEXT:  nop
; CHECK-NOT:   movabs
; CHECK:       callq {{[*]?_?}}eager
; CHECK-NEXT:  nop
; CHECK-NOT:   movabs
; CHECK:       callq {{_?}}hidden
; CHECK-NEXT:  nop
; CHECK-NOT:   movabs
; CHECK:       callq {{_?}}inner
; CHECK-NEXT:  nop
; CHECK-NOT:   movabs
; CHECK:       callq {{[*]?_?}}defined
; CHECK-NEXT:  nop
; CHECK-NOT:   movabs
; CHECK:       retq
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @declared, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr @eager, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr @hidden, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr @inner, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 13, ptr @defined, i32 0)
  ret void
}

; Not a symbol: the address is known and absolute, here too.
; CHECK-LABEL: immediate:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       retq
define void @immediate() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 6, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

; A function symbol as the callee of a patchpoint is the 64-bit absolute address of that symbol: the same
; two instructions from SelectionDAG and from FastISel (LLVM r235483), in code that need not be position independent,
; and in the large code model.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=static < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=static -code-model=large < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic -code-model=large < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

declare i64 @declared(i64)

define internal i64 @defined(i64 %x) noinline {
  ret i64 %x
}

; CHECK-LABEL: calls_declared:
; CHECK:       movabsq $declared, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NOT:   nop
; CHECK:       retq
define i64 @calls_declared(i64 %x) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @declared, i32 1, i64 %x)
  ret i64 %r
}

; CHECK-LABEL: calls_defined:
; CHECK:       movabsq $defined, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  xchgw %ax, %ax
; CHECK:       retq
define i64 @calls_defined(i64 %x) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 15, ptr @defined, i32 1, i64 %x)
  ret i64 %r
}

; No result and no argument.
; CHECK-LABEL: calls_for_effect:
; CHECK:       movabsq $declared, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nop
; CHECK:       retq
define void @calls_for_effect() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 14, ptr @declared, i32 0)
  ret void
}

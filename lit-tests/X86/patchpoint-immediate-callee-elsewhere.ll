; L2: an inttoptr instruction of a constant is an immediate callee wherever it stands. In another block than the
; patchpoint's SelectionDAG has only a virtual register for it, and calls a number of its own making.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK-NOT:   movabsq $""
; CHECK:       movabsq $244837814094590, %r
; CHECK-NOT:   movabsq $""
; CHECK:       callq *%r
; CHECK:       retq
define void @caller(i1 %c) {
entry:
  %target = inttoptr i64 244837814094590 to ptr
  br i1 %c, label %call, label %end

call:
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr %target, i32 0)
  br label %end

end:
  ret void
}

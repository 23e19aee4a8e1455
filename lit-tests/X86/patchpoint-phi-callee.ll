; L2: a callee that depends on the path taken has to be called through a register, and the address of a function
; taken for it is loaded as for any other use.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK-NOT:   movabsq $""
; CHECK-NOT:   movabsq ${{[0-9]}}
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK:       retq
define void @caller(i1 %c, ptr %given) {
entry:
  br i1 %c, label %other, label %end

other:
  br label %end

end:
  %target = phi ptr [ %given, %other ], [ @callee, %entry ]
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr %target, i32 0)
  ret void
}

; L12: a thread-local variable has no address that a patchpoint could hold: its symbol stands for an offset, which
; must never be called as an address. Computing the address or an error are both right.
; (SelectionDAGBuilder::visitPatchpoint takes any global as a symbol.)
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s || not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck --check-prefix=ERROR %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s || not llc -mtriple=x86_64-unknown-linux-gnu -O0 -o %t < %s 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@own = thread_local global [16 x i8] zeroinitializer

; CHECK-LABEL: caller:
; CHECK-NOT:   movabsq $own
; CHECK:       %fs:0
; CHECK:       callq *%r
; ERROR:       error: {{.*}}callee
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 20, ptr @own, i32 0)
  ret void
}

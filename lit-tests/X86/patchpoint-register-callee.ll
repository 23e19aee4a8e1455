; L2: a callee that is only known at run time (an argument, a load, one of two) must be called through a
; register that holds it, inside the reserved region. Today builds without assertions call a number that is
; an operand's register or address, and FastISel loses the call; builds with assertions stop at
; "Unrecognized callee operand type". (SelectionDAGBuilder.cpp, visitPatchpoint; FastISel.cpp, selectPatchpoint)
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: argument:
; CHECK-NOT:   movabsq
; CHECK:       {{^}}.Ltmp{{[0-9]+}}:
; CHECK-NOT:   movabsq
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-NEXT:  nop
; CHECK-LABEL: {{^}}.Lfunc_end0:
define void @argument(ptr %fn, i64 %x) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr %fn, i32 1, i64 %x)
  ret void
}

; CHECK-LABEL: loaded:
; CHECK-NOT:   movabsq
; CHECK:       {{^}}.Ltmp{{[0-9]+}}:
; CHECK-NOT:   movabsq
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-NEXT:  nop
; CHECK-LABEL: {{^}}.Lfunc_end1:
define void @loaded(ptr %where) {
  %fn = load ptr, ptr %where
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 16, ptr %fn, i32 0)
  ret void
}

; CHECK-LABEL: one_of_two:
; CHECK-NOT:   movabsq
; CHECK:       {{^}}.Ltmp{{[0-9]+}}:
; CHECK-NOT:   movabsq
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-NEXT:  nop
; CHECK-LABEL: {{^}}.Lfunc_end2:
define void @one_of_two(i1 %which, ptr %one, ptr %two) {
  br i1 %which, label %first, label %join

first:
  br label %join

join:
  %fn = phi ptr [ %one, %first ], [ %two, %0 ]
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 16, ptr %fn, i32 0)
  ret void
}

; A stack map's shadow is filled by the instructions that follow it, and only what is missing by nops; it may
; not reach into the next stack map's shadow. A patchpoint's region is its own and shares nothing.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; Eight bytes of shadow against the two bytes of "popq; retq" at the end of the function.
; CHECK-LABEL: at_the_end:
; CHECK:       {{^}}.Ltmp0:
; CHECK-NOT:   nop
; CHECK:       popq %rbp
; CHECK:       retq
; CHECK-NEXT:  nopw 8(%rax,%rax)
; CHECK-LABEL: {{^}}.Lfunc_end0:
define void @at_the_end() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  ret void
}

; Three bytes before the next map, then three before the patchpoint, whose own five follow.
; CHECK-LABEL: one_after_another:
; CHECK:       {{^}}.Ltmp1:
; CHECK-NEXT:  nopl (%rax)
; CHECK-NEXT:  {{^}}.Ltmp2:
; CHECK-NEXT:  nopl (%rax)
; CHECK-NEXT:  {{^}}.Ltmp3:
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK-NEXT:  popq %rbp
define void @one_after_another() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 3)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 3)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 5, ptr null, i32 0)
  ret void
}

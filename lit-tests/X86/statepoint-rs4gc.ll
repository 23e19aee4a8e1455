; What RewriteStatepointsForGC makes of a function is what llc lowers: base and derived pointer are recorded at the call, the
; base once for both, and what is returned is loaded from the derived one's place.
;
; REQUIRES: opt, llvm-ge-15
; RUN: opt -S -passes=rewrite-statepoints-for-gc -spp-rematerialization-threshold=0 -o %t.ll %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %t.ll | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %t.ll | %records | FileCheck --check-prefix=MAP %s

declare void @callee()

; CHECK-LABEL: caller:
; CHECK-DAG:   movq %rdi, 16(%rsp)
; CHECK-DAG:   movq %rsi, 8(%rsp)
; CHECK:       callq callee@PLT
; CHECK-NEXT:  .Ltmp0:
; CHECK-NEXT:  movq 8(%rsp), %rax
; MAP:         record 2882400000 at .Ltmp0-caller
; MAP-NEXT:    Constant 0, size 8
; MAP-NEXT:    Constant 0, size 8
; MAP-NEXT:    Constant 0, size 8
; MAP-NEXT:    Indirect reg 7, offset 16, size 8
; MAP-NEXT:    Indirect reg 7, offset 16, size 8
; MAP-NEXT:    Indirect reg 7, offset 16, size 8
; MAP-NEXT:    Indirect reg 7, offset 8, size 8
; MAP-NOT:     Indirect
define ptr addrspace(1) @caller(ptr addrspace(1) %object, i64 %n) nounwind gc "statepoint-example" {
  %field = getelementptr i8, ptr addrspace(1) %object, i64 %n
  call void @callee()
  ret ptr addrspace(1) %field
}

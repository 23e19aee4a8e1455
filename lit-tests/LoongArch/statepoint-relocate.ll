; A statepoint works on LoongArch from LLVM 21 on, other than a stack map or a patchpoint (L6): a call, its record, and ra
; saved. Before, there was no map at all.
;
; REQUIRES: llvm-ge-16
; RUN: llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d < %s | FileCheck %s
; RUN: llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: !llvm-ge-21

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       st.d $ra, $sp, 8
; CHECK:       bl callee
; CHECK-NEXT:  .Ltmp0:
; CHECK:       ld.d $ra, $sp, 8
; MAP:         record 7
; MAP:         Indirect reg 3, offset 0, size 8
define ptr addrspace(1) @caller(ptr addrspace(1) %object) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

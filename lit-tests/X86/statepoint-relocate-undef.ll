; Issue 80294: an undefined pointer that a statepoint keeps alive has a location, a constant, and its relocation is
; undefined, too. It was a crash before LLVM 19.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: !llvm-ge-19

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK:      record 7
; CHECK-NEXT: Constant 0
; CHECK-NEXT: Constant 0
; CHECK-NEXT: Constant 0
; CHECK-NEXT: {{Constant(Index)?}} {{.*}}, size 8
; CHECK-NEXT: {{Constant(Index)?}} {{.*}}, size 8
define ptr addrspace(1) @caller(i1 %c) gc "statepoint-example" {
entry:
  br i1 %c, label %safepoint, label %end

safepoint:
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) undef) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved

end:
  ret ptr addrspace(1) null
}

; L21: the offset of a statepoint's record is the address that its call returns to, which is what a runtime looks up. On
; Windows a nop follows a call that ends a function's body, for the unwinder, and comes after that address. LLVM 22, which
; writes the nop with the call, counts it in (X86MCInstLower.cpp, LowerSTATEPOINT, since #144745).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-w64-windows-gnu -O0 < %s | FileCheck %s
; XFAIL: llvm-ge-22

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @callee()
declare i64 @number(i64)

; CHECK-LABEL: last:
; CHECK:       callq callee
; CHECK-NEXT:  .Ltmp0:
define void @last() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0)
  ret void
}

; CHECK-LABEL: through_pointer:
; CHECK:       callq *%rcx
; CHECK-NEXT:  .Ltmp1:
define void @through_pointer(ptr %fn) gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 8, i32 0, ptr elementtype(void ()) %fn, i32 0, i32 0, i32 0, i32 0)
  ret void
}

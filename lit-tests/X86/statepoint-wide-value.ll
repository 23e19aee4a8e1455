; The size of a location has 16 bits in version 3 of the map: a vector of 32 pointers takes 256 bytes of the frame, and
; the record must not say 0.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare <32 x ptr addrspace(1)> @llvm.experimental.gc.relocate.v32p1(token, i32, i32)
declare void @callee()

; CHECK:      record 5
; CHECK:      Indirect reg 7, offset [[SLOT:[0-9]+]], size 256
; CHECK-NEXT: Indirect reg 7, offset [[SLOT]], size 256
define <32 x ptr addrspace(1)> @caller(<32 x ptr addrspace(1)> %v) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 5, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(<32 x ptr addrspace(1)> %v) ]
  %moved = call <32 x ptr addrspace(1)> @llvm.experimental.gc.relocate.v32p1(token %t, i32 0, i32 0)
  ret <32 x ptr addrspace(1)> %moved
}

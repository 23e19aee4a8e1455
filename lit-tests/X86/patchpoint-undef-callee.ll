; L2: calling undef or poison has no meaning, but the compiler must survive it, and must not make up a
; constant target. Whether it calls some register or nothing at all is its choice.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: call_undef:
; CHECK-NOT:   movabsq
; CHECK:       retq
define void @call_undef() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr undef, i32 0)
  ret void
}

; CHECK-LABEL: call_poison:
; CHECK-NOT:   movabsq
; CHECK:       retq
define void @call_poison() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr poison, i32 0)
  ret void
}

; L1: a reservation smaller than the call is an error of its patchpoint, not the end of the compiler: a JIT has to survive
; it, and every such patchpoint is reported, with its id and both sizes. Pull request 177453 made the first one fatal.
;
; RUN: not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=powerpc64-unknown-linux-gnu -O0 -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK: error: {{.*}}first{{.*}} 42 {{.*}} 4 bytes{{.*}} 8 bytes
; CHECK: error: {{.*}}second{{.*}} 43 {{.*}} 28 bytes{{.*}} {{32|40}} bytes
define void @first() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 42, i32 4, ptr @callee, i32 0)
  ret void
}

define void @second() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 43, i32 28, ptr inttoptr (i64 4096 to ptr), i32 0)
  ret void
}

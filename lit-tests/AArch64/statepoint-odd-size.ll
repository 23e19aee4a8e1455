; L9: a statepoint's patchable bytes are a region as a patchpoint's are: 10 bytes are not a whole number of instructions. That must
; be an error; without assertions they are rounded up to 12.
;
; RUN: not llc -mtriple=aarch64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @callee()

; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes|multiple}}
define void @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 10, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0)
  ret void
}

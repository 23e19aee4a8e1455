; L1 for null callees: a reservation of -1 bytes is taken for 2^32 - 1, and nops are written without end. A
; negative size must be an error that says so: the target's, or the verifier's, which begins with the intrinsic's name.
; What llvmlite's LLVM writes stays in memory, where no limit on files ends it: it would take ten seconds to fail.
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; UNSUPPORTED: llvmlite
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: {{error|ERROR|patchpoint:}}{{.*}}{{[Ss]ize|[Bb]ytes|negative}}
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 -1, ptr null, i32 0)
  ret void
}

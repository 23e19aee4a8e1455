; L1: a reservation too small for the call to a symbol must be a diagnosed error that speaks of the size.
; Today a build without assertions pads 2^32 minus a few bytes, one with assertions aborts
; (X86MCInstLower.cpp, LowerPATCHPOINT). The largest such size is 12: what a call without REX.B would take.
;
; RUN: sed -e 's/SIZE/12/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/1/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/12/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -O0 -o %t 2>&1 | FileCheck %s
; UNSUPPORTED: llvmlite && !asserts
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 SIZE, ptr @callee, i32 0)
  ret void
}

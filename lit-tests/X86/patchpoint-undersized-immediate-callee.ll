; L1: a reservation too small for the call to a numeric address must be a diagnosed error that speaks of the
; size. The number is small, but the call is not: it takes 13 bytes whatever the address.
;
; RUN: sed -e 's/SIZE/12/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/0/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/SIZE/5/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -O0 -o %t 2>&1 | FileCheck %s
; UNSUPPORTED: llvmlite && !asserts
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}
define void @caller() {
  %near = inttoptr i64 4096 to ptr
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 SIZE, ptr %near, i32 0)
  ret void
}

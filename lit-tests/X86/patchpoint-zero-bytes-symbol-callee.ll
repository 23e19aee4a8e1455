; L1, the call of the llvm-dev report of December 2013 as it was written: id 42, no bytes, a function symbol,
; one argument. There is no room for a call: that is an error to tell, not one to crash or to hang on. The
; reservation is the only thing wrong with it; see patchpoint-thread-2013.ll for the same call with room.
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -O0 -o %t < %s 2>&1 | FileCheck %s
; UNSUPPORTED: llvmlite && !asserts
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i64 @safepoint(i32)

; CHECK: {{error|ERROR}}: {{.*}}{{[Ss]ize|[Bb]ytes}}
define i64 @caller() {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 42, i32 0, ptr @safepoint, i32 1, i32 0)
  ret i64 %r
}

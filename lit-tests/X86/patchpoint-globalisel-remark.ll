; L11: GlobalISel does not know patchpoints and stack maps, and says so of the call as it is in the program. An
; intrinsic that nothing can select, as IRTranslator.cpp makes of it, is not an answer that anyone can read.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -global-isel -global-isel-abort=2 -pass-remarks-missed='gisel.*' -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK: remark: {{.*}}unable to translate instruction: call{{[^:]*}}: '{{.*}}@llvm.experimental.patchpoint.i64(i64 1,
; CHECK: warning: Instruction selection used fallback path for caller
define i64 @caller(i64 %a) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 20, ptr inttoptr (i64 4096 to ptr), i32 1, i64 %a)
  ret i64 %r
}

; CHECK: remark: {{.*}}unable to translate instruction: call{{[^:]*}}: '{{.*}}@llvm.experimental.stackmap(i64 2,
; CHECK: warning: Instruction selection used fallback path for marker
define void @marker(i64 %a) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0, i64 %a)
  ret void
}

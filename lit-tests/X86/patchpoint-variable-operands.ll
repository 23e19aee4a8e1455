; The id, the size and the number of arguments of a patchpoint must be constants: each of them variable is an error
; of the module, and not a crash in instruction selection.
;
; RUN: sed -e 's/ID/%a/' -e 's/SIZE/13/' -e 's/COUNT/0/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/ID/1/' -e 's/SIZE/%b/' -e 's/COUNT/0/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; RUN: sed -e 's/ID/1/' -e 's/SIZE/13/' -e 's/COUNT/%c/' %s | not llc -mtriple=x86_64-unknown-linux-gnu -o %t 2>&1 | FileCheck %s
; XFAIL: !llvm-ge-20

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: immarg operand has non-immediate parameter
define void @caller(i64 %a, i32 %b, i32 %c) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 ID, i32 SIZE, ptr null, i32 COUNT)
  ret void
}

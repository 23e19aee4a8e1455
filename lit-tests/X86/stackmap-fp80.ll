; Issue 55586, for a variable: an x86_fp80 that is live has a location, in the x87 stack or in memory.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: llvm-ge-10

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: {{Register|Indirect|Direct}} reg {{.*}}, size {{1[06]}}
; CHECK-NEXT: Constant 3
define void @caller(x86_fp80 %v) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, x86_fp80 %v, i64 3)
  ret void
}

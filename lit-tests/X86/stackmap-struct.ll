; Issue 55649: every element of a struct or array is live, so every one must be recorded. Only the first is
; (SelectionDAGBuilder's addStackMapLiveVars takes result 0 of the value).
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 5, size 8
; CHECK-NEXT: Register reg 4, size {{[48]}}
; CHECK-NEXT: Register reg 1, size 8
; CHECK-NEXT: Register reg 2, size 8
; CHECK-NEXT: Constant 3
define void @caller({ i64, i32 } %s, [2 x i64] %a) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, { i64, i32 } %s, [2 x i64] %a, i64 3)
  ret void
}

; Issue 55588: bfloat values and constants are live values like others; LLVM could not select them before 16.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: !llvm-ge-16

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg {{[0-9]+}}, size {{2|16}}
; CHECK-NEXT: {{Constant|Register}} {{.*}}, size
; CHECK-NEXT: Constant 3
define void @caller(ptr %where) {
  %v = load bfloat, ptr %where
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, bfloat %v, bfloat 1.0, i64 3)
  ret void
}

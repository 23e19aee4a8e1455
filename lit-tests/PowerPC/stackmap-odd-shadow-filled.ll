; L9 for stack maps: a shadow that is not a whole number of instructions is as long as the next one that is, or an error that speaks of it. Today
; instructions are taken off it until less than nothing is left, and the rest of 2^32 bytes is written as nops
; (PPCAsmPrinter.cpp, LowerSTACKMAP; assertions would stop it).
;
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s && FileCheck %s < %t || not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck --check-prefix=ERROR %s
; UNSUPPORTED: llvmlite && !asserts
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; ERROR:      {{error|ERROR}}{{.*}}{{[Ss]ize|[Bb]ytes|shadow}}
; CHECK:      .Ltmp0:
; CHECK-NEXT: std 3, 0(4)
; CHECK-NEXT: std 3, 0(4)
; CHECK-NEXT: std 3, 0(4)
; CHECK-NEXT: {{^}}.Ltmp1:
define void @caller(i64 %a, ptr %p) nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 6)
  store volatile i64 %a, ptr %p
  store volatile i64 %a, ptr %p
  store volatile i64 %a, ptr %p
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  ret void
}

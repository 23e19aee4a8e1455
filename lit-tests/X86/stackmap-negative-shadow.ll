; L1 for stack maps: a shadow of -1 bytes is 2^32 - 1 of them to X86AsmPrinter::LowerSTACKMAP, which then writes
; nops without end. A negative size must be an error that says so: the target's, or the verifier's, which begins with the
; intrinsic's name.
; What llvmlite's LLVM writes stays in memory, where no limit on files ends it: it would take ten seconds to fail.
;
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; UNSUPPORTED: llvmlite
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK: {{error|ERROR|stackmap:}}{{.*}}{{[Ss]ize|[Bb]ytes|negative|shadow}}
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 -1)
  ret void
}

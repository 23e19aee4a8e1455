; Targets that have patchpoints but no statepoints must say so: PowerPC and SystemZ crash in EmitInstrWithCustomInserter
; ("Unexpected instr type to insert").
;
; REQUIRES: llvm-ge-15, powerpc-registered-target, systemz-registered-target
; RUN: not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; RUN: not llc -mtriple=s390x-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()

; CHECK: error: {{.*}}statepoint
define void @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0)
  ret void
}

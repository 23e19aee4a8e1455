; L9 for stack maps: a shadow is a minimum, so 5 bytes of it are those of instructions of 6. Today an assertion; without
; assertions that happens to come out, by way of an llvm_unreachable (EmitNop, of one byte).
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: asserts

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  {{.Ltmp1:|bc.0, 0}}
; CHECK-NEXT:  {{brcl.0, .Ltmp1|bcr.0, %r0}}
; CHECK-NEXT:  .Ltmp{{[12]}}:
; CHECK-NOT:   {{bcr|brcl}}
; CHECK:       br %r14
; CHECK-NEXT:  .Lfunc_end0:
define void @caller() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 5)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 1)
  ret void
}

; All 64 bits of a callee are called: the upper half has an instruction of its own, 14 bytes in all.
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=s390x-unknown-linux-gnu -O0 < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  llilf %r1, 3203386110
; CHECK-NEXT:  iihf %r1, 57005
; CHECK-NEXT:  basr %r14, %r1
; CHECK-NEXT:  {{^}}.Ltmp
; CHECK-NEXT:  llilf %r1, 2596069104
; CHECK-NEXT:  iihf %r1, 305419896
; CHECK-NEXT:  basr %r14, %r1
; CHECK-NEXT:  bcr 0, %r0
define void @caller() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 14, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 16, ptr inttoptr (i64 1311768467463790320 to ptr), i32 0)
  ret void
}

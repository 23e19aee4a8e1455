; L18: slots far away in the frame are recorded relative to the stack pointer on SystemZ, however far they are, and no
; code is there to reach them. LLVM gives the record a scratch register for its base
; (SystemZRegisterInfo.cpp, eliminateFrameIndex), which a callee may overwrite.
;
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: objects:
; CHECK:       aghi %r15, -10584
; CHECK-NEXT:  {{^}}.Ltmp0:
; MAP:         record 1
; MAP-NEXT:    Direct reg 15, offset 5376, size 8
; MAP-NEXT:    Direct reg 15, offset 176, size 8
; MAP-NEXT:    record 2
; MAP-NEXT:    Direct reg 15, offset 5376, size 8
; MAP-NEXT:    Direct reg 15, offset 176, size 8
define void @objects() nounwind {
  %far = alloca [651 x i64]
  %near = alloca [650 x i64]
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, ptr %far, ptr %near)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 16, ptr null, i32 0, ptr %far, ptr %near)
  ret void
}

; An argument that came on the stack.
; CHECK-LABEL: argument:
; CHECK:       aghi %r15, -5376
; CHECK-NEXT:  {{^}}.Ltmp{{[0-9]+}}:
; MAP:         record 3
; MAP-NEXT:    Indirect reg 15, offset 5536, size 8
define void @argument(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f) nounwind {
  %near = alloca [650 x i64]
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 0, i64 %f, ptr %near)
  ret void
}

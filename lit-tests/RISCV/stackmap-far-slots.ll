; L18: slots far away in the frame are recorded relative to the stack pointer on RISC-V, however far they are, and no
; code is there to reach them. LLVM gives the record a scratch register for its base
; (RISCVRegisterInfo.cpp, eliminateFrameIndex), which a callee may overwrite.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: objects:
; CHECK:       sub sp, sp, [[SIZE:a[0-9]]]
; CHECK-NEXT:  {{^}}.Ltmp0:
; MAP:         record 1
; MAP-NEXT:    Direct reg 2, offset 5208, size 8
; MAP-NEXT:    Direct reg 2, offset 8, size 8
; MAP-NEXT:    record 2
; MAP-NEXT:    Direct reg 2, offset 5208, size 8
define void @objects() nounwind {
  %far = alloca i64
  %near = alloca [650 x i64]
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, ptr %far, ptr %near)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 16, ptr null, i32 0, ptr %far)
  ret void
}

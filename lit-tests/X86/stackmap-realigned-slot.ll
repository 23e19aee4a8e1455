; Issue 55193: an object in a realigned frame has its address from rsp, not rbp, and the map has to say so. Today
; X86RegisterInfo::eliminateFrameIndex expects the frame pointer ("Expected the FP as base register"); without
; assertions the map says rbp with an offset from rsp, and a runtime reads something else.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: asserts

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @use(ptr)

; CHECK-LABEL: realigned:
; CHECK:       andq $-64, %rsp
; MAP:         record 1
; MAP-NEXT:    Direct reg 7, offset
define void @realigned() {
  %block = alloca i8, align 64
  call void @use(ptr %block)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 5, ptr null, i32 0, ptr %block)
  ret void
}

; Pull request 81048: a call that destroys the frame pointer is surrounded by a push and a pop of it since LLVM 20
; (X86FrameLowering::spillFPBP). For a patchpoint that moves the slots of a realigned frame, which the record finds
; from rsp, by the 16 bytes that are pushed. Today the record leaves them out: it names the pushed register's slot.
;
; REQUIRES: llvm-ge-20
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: realigned:
; CHECK:       andq $-64, %rsp
; CHECK:       movq %rdi, (%rsp)
; CHECK-NEXT:  pushq %rbp
; CHECK:       pushq %rax
; CHECK:       movabsq $4096, %r11
; MAP:         record 1
; MAP-NEXT:    Indirect reg 7, offset 16, size 8
define ptr @realigned(ptr %live) alignstack(64) {
  call ghccc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr inttoptr (i64 4096 to ptr), i32 0, ptr %live)
  ret ptr %live
}

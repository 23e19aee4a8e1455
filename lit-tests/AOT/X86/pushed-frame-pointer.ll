; Pull request 81048: what is live at a call that destroys the frame pointer is where the stack map says, though the
; frame pointer is pushed before it since LLVM 20: in a realigned frame, which patchpoints find from rsp, and at a
; statepoint in any frame. (X86FrameLowering::spillFPBP.)
;
; REQUIRES: run-x86_64, roots-oracle, llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe > %t.capture
; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe
; XFAIL: llvm-ge-20

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare ghccc void @capture()

; ROOTS: 1: i64 0x1122334455667788 in Indirect, ptr to i64 77 in Direct
define i64 @realigned(i64 %live) alignstack(64) noinline {
  %object = alloca i64, align 32
  store volatile i64 77, ptr %object
  call ghccc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @capture, i32 0, i64 %live, ptr %object)
  ret i64 %live
}

; Calling convention (GHC), flags, how many deoptimisation values; base and derived pointer.
; ROOTS: 2: i64 10 in Constant, i64 0 in Constant, i64 0 in Constant, ptr 0x1000 in Indirect, ptr 0x1000 in Indirect
define ptr addrspace(1) @plain(ptr addrspace(1) %p) "frame-pointer"="all" noinline gc "statepoint-example" {
  %token = call ghccc token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 2, i32 0, ptr elementtype(void ()) @capture, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %p) ]
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %token, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

define i32 @main() {
  %a = call i64 @realigned(i64 1234605616436508552)
  %p = call ptr addrspace(1) @plain(ptr addrspace(1) inttoptr (i64 4096 to ptr addrspace(1)))
  %b = ptrtoint ptr addrspace(1) %p to i64
  %sum = add i64 %a, %b
  %wrong = icmp ne i64 %sum, 1234605616436512648
  %status = zext i1 %wrong to i32
  ret i32 %status
}

; L27: on Windows a nop parts a call from the epilogue, or the unwinder takes the return address for the epilogue's and looks
; for no handler. A patchpoint's call, also one that is patched in later, had it as any other; LLVM 22 forgets it
; (X86MCInstLower.cpp, LowerPATCHPOINT, since #144745).
;
; REQUIRES: llvm-ge-19
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | FileCheck %s
; XFAIL: llvm-ge-22

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: call:
; CHECK:       callq *%r11
; CHECK-NEXT:  nop
; CHECK:       addq ${{[0-9]+}}, %rsp
define void @call() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr inttoptr (i64 4096 to ptr), i32 0)
  ret void
}

; CHECK-LABEL: patchable:
; CHECK:       nopl 8(%rax,%rax)
; CHECK-NEXT:  nop
; CHECK:       addq ${{[0-9]+}}, %rsp
define void @patchable() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 5, ptr null, i32 0)
  ret void
}

; A null callee with more bytes than one instruction can have: multi-byte nops up to the very last byte, so
; that the region is exactly as long as promised and a program can run through it; from FastISel as well.
; Before LLVM 12, -O0 kept 16 bytes of the frame for the arguments of the call.
;
; REQUIRES: llvm-ge-12
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: large:
; CHECK:       {{^}}.Ltmp0:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw 8(%rax,%rax){{$}}
; CHECK-NOT:   nop
; CHECK:       {{^}}.Ltmp1:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopl 8(%rax,%rax){{$}}
; CHECK-NOT:   nop
; CHECK:       {{^}}.Ltmp2:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopl 512(%rax){{$}}
; CHECK-NOT:   nop
; CHECK:       {{^}}.Ltmp3:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopl 8(%rax){{$}}
; CHECK-NEXT:  popq %rbp
define void @large() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 16, i32 16, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 25, i32 25, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 37, i32 37, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 64, i32 64, ptr null, i32 0)
  ret void
}

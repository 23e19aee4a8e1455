; A null callee reserves bytes and calls nothing: 0 to 15 bytes, each filled with the fewest nops of exactly
; that length. No bytes at all is legal and leaves two records at one address.
; LLVM 9 prints the prefixes of nops as bytes.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: small:
; CHECK:       {{^}}.Ltmp0:
; CHECK-NEXT:  {{^}}.Ltmp1:
; CHECK-NEXT:  nop{{$}}
; CHECK-NEXT:  {{^}}.Ltmp2:
; CHECK-NEXT:  xchgw %ax, %ax{{$}}
; CHECK-NEXT:  {{^}}.Ltmp3:
; CHECK-NEXT:  nopl (%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp4:
; CHECK-NEXT:  nopl 8(%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp5:
; CHECK-NEXT:  nopl 8(%rax,%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp6:
; CHECK-NEXT:  nopw 8(%rax,%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp7:
; CHECK-NEXT:  nopl 512(%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp8:
; CHECK-NEXT:  nopl 512(%rax,%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp9:
; CHECK-NEXT:  nopw 512(%rax,%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp10:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp11:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nop{{$}}
; CHECK-NEXT:  {{^}}.Ltmp12:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  xchgw %ax, %ax{{$}}
; CHECK-NEXT:  {{^}}.Ltmp13:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopl (%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp14:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopl 8(%rax){{$}}
; CHECK-NEXT:  {{^}}.Ltmp15:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax){{$}}
; CHECK-NEXT:  nopl 8(%rax,%rax){{$}}
; CHECK-NEXT:  popq %rbp
define void @small() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 0, i32 0, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 1, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 2, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 3, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 4, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 5, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 6, i32 6, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 7, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 8, i32 8, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 9, i32 9, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 10, i32 10, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 11, i32 11, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 12, i32 12, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 13, i32 13, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 14, i32 14, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 15, i32 15, ptr null, i32 0)
  ret void
}

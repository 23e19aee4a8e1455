; A null callee reserves bytes and calls nothing: 0 to 15 bytes, each filled with the fewest nops of exactly
; that length. No bytes at all is legal and leaves two records at one address.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -show-mc-encoding < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: small:
; CHECK:       {{^}}.Ltmp0:
; CHECK-NEXT:  {{^}}.Ltmp1:
; CHECK-NEXT:  nop {{.*}}encoding: [0x90]
; CHECK-NEXT:  {{^}}.Ltmp2:
; CHECK-NEXT:  xchgw %ax, %ax {{.*}}encoding: [0x66,0x90]
; CHECK-NEXT:  {{^}}.Ltmp3:
; CHECK-NEXT:  nopl (%rax) {{.*}}encoding: [0x0f,0x1f,0x00]
; CHECK-NEXT:  {{^}}.Ltmp4:
; CHECK-NEXT:  nopl 8(%rax) {{.*}}encoding: [0x0f,0x1f,0x40,0x08]
; CHECK-NEXT:  {{^}}.Ltmp5:
; CHECK-NEXT:  nopl 8(%rax,%rax) {{.*}}encoding: [0x0f,0x1f,0x44,0x00,0x08]
; CHECK-NEXT:  {{^}}.Ltmp6:
; CHECK-NEXT:  nopw 8(%rax,%rax) {{.*}}encoding: [0x66,0x0f,0x1f,0x44,0x00,0x08]
; CHECK-NEXT:  {{^}}.Ltmp7:
; CHECK-NEXT:  nopl 512(%rax) {{.*}}encoding: [0x0f,0x1f,0x80,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  {{^}}.Ltmp8:
; CHECK-NEXT:  nopl 512(%rax,%rax) {{.*}}encoding: [0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  {{^}}.Ltmp9:
; CHECK-NEXT:  nopw 512(%rax,%rax) {{.*}}encoding: [0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  {{^}}.Ltmp10:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax) {{.*}}encoding: [0x2e,0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  {{^}}.Ltmp11:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax) {{.*}}encoding: [0x2e,0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  nop {{.*}}encoding: [0x90]
; CHECK-NEXT:  {{^}}.Ltmp12:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax) {{.*}}encoding: [0x2e,0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  xchgw %ax, %ax {{.*}}encoding: [0x66,0x90]
; CHECK-NEXT:  {{^}}.Ltmp13:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax) {{.*}}encoding: [0x2e,0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  nopl (%rax) {{.*}}encoding: [0x0f,0x1f,0x00]
; CHECK-NEXT:  {{^}}.Ltmp14:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax) {{.*}}encoding: [0x2e,0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  nopl 8(%rax) {{.*}}encoding: [0x0f,0x1f,0x40,0x08]
; CHECK-NEXT:  {{^}}.Ltmp15:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax) {{.*}}encoding: [0x2e,0x66,0x0f,0x1f,0x84,0x00,0x00,0x02,0x00,0x00]
; CHECK-NEXT:  nopl 8(%rax,%rax) {{.*}}encoding: [0x0f,0x1f,0x44,0x00,0x08]
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

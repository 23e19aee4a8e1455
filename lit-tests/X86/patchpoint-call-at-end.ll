; A feature that LLVM lacks (proposed on llvm-dev in December 2013): in a function with the attribute
; "patchpoint-call-at-end" the nops of a patchpoint come before its call. The stack map records the first reserved
; byte all the same, and the region is as long as promised.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare void @callee()

; CHECK-LABEL: symbol:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK-NEXT:  movabsq $callee, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NOT:   nop
; CHECK:       retq
; MAP:         record 1 at .Ltmp0-symbol
define void @symbol() "patchpoint-call-at-end" {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 18, ptr @callee, i32 0)
  ret void
}

; More nops than one instruction has room for.
; CHECK-LABEL: immediate:
; CHECK:       .Ltmp1:
; CHECK-NEXT:  nopw %cs:512(%rax,%rax)
; CHECK-NEXT:  nopl 512(%rax,%rax)
; CHECK-NEXT:  movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NOT:   nop
; CHECK:       retq
; MAP:         record 2 at .Ltmp1-immediate
define i64 @immediate(i64 %x) "patchpoint-call-at-end" {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 31, ptr inttoptr (i64 244837814094590 to ptr), i32 1, i64 %x)
  ret i64 %r
}

; Exactly the call.
; CHECK-LABEL: exact:
; CHECK:       .Ltmp2:
; CHECK-NEXT:  movabsq $callee, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NOT:   nop
; CHECK:       retq
; MAP:         record 3 at .Ltmp2-exact
define void @exact() "patchpoint-call-at-end" {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr @callee, i32 0)
  ret void
}

; Nops alone, once.
; CHECK-LABEL: null:
; CHECK:       .Ltmp3:
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK-NOT:   nop
; CHECK:       retq
; MAP:         record 4 at .Ltmp3-null
define void @null() "patchpoint-call-at-end" {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 5, ptr null, i32 0)
  ret void
}

; The nops are not part of the shadow of a stack map before them: that has nops of its own.
; CHECK-LABEL: shadow:
; CHECK:       .Ltmp4:
; CHECK-NEXT:  nopw 512(%rax,%rax)
; CHECK-NEXT:  .Ltmp5:
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK-NEXT:  movabsq $callee, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NOT:   nop
; CHECK:       retq
; MAP:         record 5 at .Ltmp4-shadow
; MAP:         record 6 at .Ltmp5-shadow
define void @shadow() "patchpoint-call-at-end" {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 5, i32 9)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 6, i32 18, ptr @callee, i32 0)
  ret void
}

; The module has both kinds.
; CHECK-LABEL: plain:
; CHECK:       .Ltmp6:
; CHECK-NEXT:  movabsq $callee, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nopl 8(%rax,%rax)
; CHECK:       retq
; MAP:         record 7 at .Ltmp6-plain
define void @plain() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 18, ptr @callee, i32 0)
  ret void
}

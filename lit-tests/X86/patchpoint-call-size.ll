; A call takes 13 bytes, whatever it calls: with 13 reserved nothing is left to pad, one byte more is one nop
; after the call, and a small address does not make the call shorter (a patched target must fit as well).
; LLVM 9 prints the prefixes of nops as bytes.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: exact:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  popq %rbp
define void @exact() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

; CHECK-LABEL: one_more:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nop{{$}}
; CHECK-NEXT:  popq %rbp
define void @one_more() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 14, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

; CHECK-LABEL: small_address:
; CHECK:       movabsq $1, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  popq %rbp
define void @small_address() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr inttoptr (i64 1 to ptr), i32 0)
  ret void
}

; Twice the call: one nop of ten bytes and one of three.
; CHECK-LABEL: many_more:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nopw %cs:512(%rax,%rax)
; CHECK-NEXT:  nopl (%rax)
; CHECK-NEXT:  popq %rbp
define void @many_more() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 26, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

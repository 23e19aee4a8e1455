; The header of the map says version 3, which came with LLVM 5, and two reserved fields that are zero; then how many
; functions, constants and records follow. Nothing but its section is emitted for a module without a record.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: sed -e '/llvm.experimental/d' %s | llc -mtriple=x86_64-unknown-linux-gnu | FileCheck --check-prefix=NONE %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      .section .llvm_stackmaps,"a",@progbits
; CHECK-NEXT: __LLVM_StackMaps:
; CHECK-NEXT: .byte 3{{$}}
; CHECK-NEXT: .byte 0{{$}}
; CHECK-NEXT: .short 0{{$}}
; CHECK-NEXT: .long 1{{$}}
; CHECK-NEXT: .long 0{{$}}
; CHECK-NEXT: .long 1{{$}}
; NONE:       caller:
; NONE-NOT:   stackmaps
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0)
  ret void
}

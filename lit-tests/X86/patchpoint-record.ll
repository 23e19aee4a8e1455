; The whole section .llvm_stackmaps of a module with patchpoints, version 3: header, functions with their
; frame size and number of records, the id in all 64 bits, and the offset of each site from its function.
; Before LLVM 12, -O0 kept 16 bytes of the frame for the arguments of the call.
;
; REQUIRES: llvm-ge-12
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 -enable-patchpoint-liveness=false < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: two_sites:
; CHECK:       {{^}}.Ltmp0:
; CHECK-NEXT:  movabsq $244837814094590, %r11
; CHECK:       {{^}}.Ltmp1:
; CHECK-NEXT:  nop
define void @two_sites() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 42, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 -1, i32 1, ptr null, i32 0)
  ret void
}

; CHECK-LABEL: one_site:
; CHECK:       {{^}}.Ltmp2:
; CHECK-NEXT:  movabsq $244837814094590, %r11
define void @one_site() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4294967296, i32 13, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

; CHECK-LABEL: .section .llvm_stackmaps,"a",@progbits
; CHECK-NEXT:  __LLVM_StackMaps:
; Version and two reserved fields.
; CHECK-NEXT:  .byte 3{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; Functions, constants, records.
; CHECK-NEXT:  .long 2{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .long 3{{$}}
; Each function: address, bytes of frame, records.
; CHECK-NEXT:  .quad two_sites{{$}}
; CHECK-NEXT:  .quad 8{{$}}
; CHECK-NEXT:  .quad 2{{$}}
; CHECK-NEXT:  .quad one_site{{$}}
; CHECK-NEXT:  .quad 8{{$}}
; CHECK-NEXT:  .quad 1{{$}}
; Each record: id, offset, reserved, locations, padding, padding, live-outs, padding.
; CHECK-NEXT:  .quad 42{{$}}
; CHECK-NEXT:  .long .Ltmp0-two_sites{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .p2align 3
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .p2align 3
; CHECK-NEXT:  .quad -1{{$}}
; CHECK-NEXT:  .long .Ltmp1-two_sites{{$}}
; CHECK:       .quad 4294967296{{$}}
; CHECK-NEXT:  .long .Ltmp2-one_site{{$}}

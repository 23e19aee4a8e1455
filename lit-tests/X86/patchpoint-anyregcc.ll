; With anyregcc the arguments and the result of a patchpoint may be in any register, and the map says in
; which: the result first, then the arguments, each a register of its own kind of location.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 -enable-patchpoint-liveness=false < %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       {{^}}.Ltmp0:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  xchgw %ax, %ax
; CHECK-LABEL: __LLVM_StackMaps:
; CHECK:       .quad 7{{$}}
; CHECK-NEXT:  .long .Ltmp0-caller
; CHECK-NEXT:  .short 0{{$}}
; Result, two arguments, one live value.
; CHECK-NEXT:  .short 4{{$}}
; CHECK-NEXT:  .byte 1{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short {{[0-9]+$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .byte 1{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short {{[0-9]+$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .byte 1{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short {{[0-9]+$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .byte 4{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 99{{$}}
define i64 @caller(i64 %a, i64 %b) {
  %r = call anyregcc i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 7, i32 15, ptr inttoptr (i64 244837814094590 to ptr), i32 2, i64 %a, i64 %b, i32 99)
  ret i64 %r
}

; Every kind of location that a live value of a patchpoint can have: small constants inline, large ones in the
; pool and each there once, a register, an address in the frame (Direct), a spilled value (Indirect). This is
; what a collector reads to find its roots.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

define void @constants() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0, i32 -1, i64 65536, ptr null, i64 4294967296, i64 -4294967297, i64 4294967296)
  ret void
}

define void @in_registers(i64 %first, i8 %second, double %third) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr null, i32 0, i64 %first, i8 %second, double %third)
  ret void
}

; The assembler text takes every register away, so that the value has to wait in the frame.
define void @in_memory(i64 %value) {
  %slot = alloca i64
  call void asm sideeffect "", "~{rax},~{rbx},~{rcx},~{rdx},~{rsi},~{rdi},~{r8},~{r9},~{r10},~{r11},~{r12},~{r13},~{r14},~{r15}"()
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr null, i32 0, i64 %value, ptr %slot)
  ret void
}

; CHECK-LABEL: in_memory:
; CHECK:       movq %rdi, [[SPILL:-[0-9]+]](%rbp)
; CHECK-LABEL: __LLVM_StackMaps:
; The pool, after the three functions.
; CHECK:       .quad in_memory
; CHECK-NEXT:  .quad {{[0-9]+$}}
; CHECK-NEXT:  .quad 1{{$}}
; CHECK-NEXT:  .quad 4294967296{{$}}
; CHECK-NEXT:  .quad -4294967297{{$}}
; CHECK-NEXT:  .quad 1{{$}}
; CHECK-NEXT:  .long .Ltmp{{[0-9]+}}-constants
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 6{{$}}
; Each location: kind, reserved, size, DWARF register, reserved, offset or value. 4: Constant.
; CHECK-NEXT:  .byte 4{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long -1{{$}}
; CHECK-NEXT:  .byte 4{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 65536{{$}}
; CHECK-NEXT:  .byte 4{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; 5: ConstantIndex, into the pool.
; CHECK-NEXT:  .byte 5{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .byte 5{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 1{{$}}
; CHECK-NEXT:  .byte 5{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; 1: Register. rdi is 5 and rsi 4 to DWARF, xmm0 17.
; CHECK:       .long .Ltmp{{[0-9]+}}-in_registers
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 3{{$}}
; CHECK-NEXT:  .byte 1{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 5{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .byte 1{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 1{{$}}
; CHECK-NEXT:  .short 4{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; CHECK-NEXT:  .byte 1{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 16{{$}}
; CHECK-NEXT:  .short 17{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long 0{{$}}
; 3: Indirect, where it was spilled; 2: Direct. Both from rbp, which is 6.
; CHECK:       .long .Ltmp{{[0-9]+}}-in_memory
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .short 2{{$}}
; CHECK-NEXT:  .byte 3{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 6{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long [[SPILL]]{{$}}
; CHECK-NEXT:  .byte 2{{$}}
; CHECK-NEXT:  .byte 0{{$}}
; CHECK-NEXT:  .short 8{{$}}
; CHECK-NEXT:  .short 6{{$}}
; CHECK-NEXT:  .short 0{{$}}
; CHECK-NEXT:  .long -{{[0-9]+$}}

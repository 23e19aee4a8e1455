; A collector that stops at a patchpoint finds every live value where the stack map says: integers of all
; widths and floating point numbers in registers, in spill slots, addresses in the frame, constants. The
; program is linked and run, and its registers and stack are read at the call.
;
; REQUIRES: run-x86_64, roots-oracle
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe > %t.capture
; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe
; RUN: llc -O0 -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t.O0.o %s
; RUN: %ld-x86_64 -o %t.O0.exe %t.O0.o %t.run.o
; RUN: %run-x86_64 %t.O0.exe > %t.O0.capture
; Unoptimised, values are loaded from the frame once more.
; RUN: sed -e 's/ in Indirect//g' %s > %t.O0.expected
; RUN: %stackmap roots --capture %t.O0.capture --expect %t.O0.expected %t.O0.exe

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @capture()

@global = global i64 0

; ROOTS: 1: i64 0x1122334455667788, i32 -1985229329, i16 -12345, i8 -77, ptr @global
define void @integers(i64 %a, i32 %b, i16 %c, i8 %d, ptr %e) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @capture, i32 0, i64 %a, i32 %b, i16 %c, i8 %d, ptr %e)
  ret void
}

; ROOTS: 2: double 1.0e300, float -0.15625, double -0.0, float 16777215.0
define void @floats(double %a, float %b, double %c, float %d) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr @capture, i32 0, double %a, float %b, double %c, float %d)
  ret void
}

; ROOTS: 3: i32 -1 in Constant, i64 65536 in Constant, ptr 0 in Constant, i64 0x123456789abcdef in ConstantIndex, i64 -4294967297 in ConstantIndex, i64 0x123456789abcdef in ConstantIndex
define void @constants() noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr @capture, i32 0, i32 -1, i64 65536, ptr null, i64 81985529216486895, i64 -4294967297, i64 81985529216486895)
  ret void
}

; Addresses of the frame, and what lies there.
; ROOTS: 4: ptr to i64 0x0fedcba987654321 in Direct, ptr to i32 77777 in Direct
define void @addresses(i64 %a, i32 %b) noinline {
  %first = alloca i64
  %second = alloca [9 x i32]
  store i64 %a, ptr %first
  store i32 %b, ptr %second
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr @capture, i32 0, ptr %first, ptr %second)
  ret void
}

; The assembler text takes every register away: the values have to wait in the frame.
; ROOTS: 5: i64 0x1111111122222222 in Indirect, i32 0x33333333 in Indirect, i16 0x4444 in Indirect, i8 0x55 in Indirect, double 2.5 in Indirect, float 7.25 in Indirect
define void @spilled(i64 %a, i32 %b, i16 %c, i8 %d, double %e, float %f) noinline {
  call void asm sideeffect "", "~{rax},~{rbx},~{rcx},~{rdx},~{rsi},~{rdi},~{r8},~{r9},~{r10},~{r11},~{r12},~{r13},~{r14},~{r15},~{rbp},~{xmm0},~{xmm1},~{xmm2},~{xmm3},~{xmm4},~{xmm5},~{xmm6},~{xmm7},~{xmm8},~{xmm9},~{xmm10},~{xmm11},~{xmm12},~{xmm13},~{xmm14},~{xmm15}"()
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 13, ptr @capture, i32 0, i64 %a, i32 %b, i16 %c, i8 %d, double %e, float %f)
  ret void
}

define i32 @main() {
  call void @integers(i64 1234605616436508552, i32 -1985229329, i16 -12345, i8 -77, ptr @global)
  call void @floats(double 1.0e300, float -0.15625, double -0.0, float 16777215.0)
  call void @constants()
  call void @addresses(i64 1147797409030816545, i32 77777)
  call void @spilled(i64 1229782938533634594, i32 858993459, i16 17476, i8 85, double 2.5, float 7.25)
  ret i32 0
}

; Live values of every plain type have one location each, with the size of the register that holds them: integers,
; pointers of other address spaces, half, vectors up to what the processor has.
; LLVM 9 does not know the address space 270.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -mattr=+avx512f -enable-patchpoint-liveness=false < %s | %records | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK:      record 1
; CHECK-NEXT: Register reg 5, size 1
; CHECK-NEXT: Register reg 4, size 2
; CHECK-NEXT: Register reg 1, size 4
; CHECK-NEXT: Register reg 2, size 8
; CHECK-NEXT: Register reg 8, size 4
define void @integers(i8 %a, i16 %b, i32 %c, ptr addrspace(1) %d, ptr addrspace(270) %e) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i8 %a, i16 %b, i32 %c, ptr addrspace(1) %d, ptr addrspace(270) %e)
  ret void
}

; CHECK:      record 2
; CHECK-NEXT: Register reg 17, size {{4|16}}
; CHECK-NEXT: Register reg 18, size {{8|16}}
; CHECK-NEXT: Register reg 19, size 16
; CHECK-NEXT: Register reg 20, size 32
; CHECK-NEXT: Register reg 21, size 64
define void @vectors(float %a, double %b, <4 x i32> %c, <8 x float> %d, <16 x float> %e) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0, float %a, double %b, <4 x i32> %c, <8 x float> %d, <16 x float> %e)
  ret void
}

; A constant vector is none of the map's constants.
; CHECK:      record 3
; CHECK-NEXT: {{Register|Indirect|Direct}} reg {{.*}}, size 16
define void @constant_vector() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 0, <2 x i64> <i64 1, i64 2>)
  ret void
}

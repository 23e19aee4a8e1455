; Pull request 165974: a half that waits in memory is recorded where it is (Indirect, two bytes), without a reload in
; front of the map. (llvm-objdump stands for a real toolchain: llvmlite reads no inline assembly but the host's.)
;
; REQUIRES: llvm-objdump
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+d,+zfh -target-abi lp64d < %s | FileCheck %s
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+d,+zfh -target-abi lp64d < %s | %records | FileCheck --check-prefix=MAP %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       fsh fa0, {{[0-9]+}}(sp)
; CHECK-NOT:   flh
; CHECK:       .Ltmp0:
; MAP:         record 1
; MAP-NEXT:    Indirect reg 2, offset {{[0-9]+}}, size 2
define void @caller(half %a) {
  call void asm sideeffect "", "~{f0},~{f1},~{f2},~{f3},~{f4},~{f5},~{f6},~{f7},~{f8},~{f9},~{f10},~{f11},~{f12},~{f13},~{f14},~{f15},~{f16},~{f17},~{f18},~{f19},~{f20},~{f21},~{f22},~{f23},~{f24},~{f25},~{f26},~{f27},~{f28},~{f29},~{f30},~{f31}"()
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, half %a)
  ret void
}

; L17: an argument that came on the stack and is extended is live with its extension. LLVM 22 folds the load that extends
; it into the patchpoint, and the record says that the eight bytes of the argument's slot are the value: the extension
; is lost (lib/CodeGen/TargetInstrInfo.cpp, foldMemoryOperand; RISC-V's isLoadFromStackSlot has LH and LB in it). 20 does
; not.
;
; REQUIRES: riscv-registered-target, run-riscv64, roots-oracle, llvm-ge-19
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+m,+d -target-abi=lp64d -filetype=obj -o %t.o %s
; RUN: %as-riscv64 -o %t.run.o %S/../Inputs/riscv64.s
; RUN: %ld-riscv64 --section-start=.capture=0x20000000 -o %t.exe %t.o %t.run.o
; RUN: %run-riscv64 %t.exe > %t.capture
; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe
; XFAIL: llvm-ge-22

; ROOTS: 7: i32 0xffffffff

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; The assembly text takes the registers away until the patchpoint, and keeps ra from holding a value.
define void @caller(i64, i64, i64, i64, i64, i64, i64, i64, i16 %x) noinline {
  %wide = sext i16 %x to i32
  call void asm sideeffect "", "~{x1},~{x5},~{x6},~{x7},~{x8},~{x9},~{x10},~{x11},~{x12},~{x13},~{x14},~{x15},~{x16},~{x17},~{x18},~{x19},~{x20},~{x21},~{x22},~{x23},~{x24},~{x25},~{x26},~{x27},~{x28},~{x29},~{x30},~{x31}"()
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i32 %wide)
  call void asm sideeffect "", "~{x1}"()
  ret void
}

define i32 @main() {
  call void @caller(i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i16 -1)
  ret i32 0
}

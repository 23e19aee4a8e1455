; L13: an anyregcc argument of zero is where the map says: in a register that is set to zero, or as a constant. LLVM
; leaves it in the zero register, whose number in the map is that of the stack pointer (DwarfRegAlias<WSP> in
; AArch64RegisterInfo.td): a runtime reads its own stack pointer for zero.
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -enable-patchpoint-liveness=false < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:     record 7
; CHECK-NOT: Register reg 31,
; CHECK:     Constant 99
define void @caller() {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 16, ptr inttoptr (i64 4096 to ptr), i32 1, i64 0, i32 99)
  ret void
}

; x16 and x17 are destroyed by a patchpoint: a value that lives in x16 has to be moved away and back. (llvm-objdump
; stands for a real toolchain: llvmlite reads no inline assembly but the host's.)
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; REQUIRES: host-aarch64 || llvm-objdump

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       mov x16, x0
; CHECK:       mov [[SAVED:x[0-9]+]], x16
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK:       mov x16, [[SAVED]]
; CHECK:       add x0, x16, x16
define i64 @caller(i64 %a) {
  %x = call i64 asm "mov $0, $1", "={x16},r"(i64 %a)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 4, ptr null, i32 0)
  %y = call i64 asm "add $0, $1, $1", "={x0},{x16}"(i64 %x)
  ret i64 %y
}

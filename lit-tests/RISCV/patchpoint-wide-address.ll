; An address of 48 bits is built from all of its parts, in front of one jalr; with compressed instructions the region
; has the promised length as well, in nops of two bytes.
;
; REQUIRES: llvm-objdump, llvm-ge-19
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c -filetype=obj -o %t < %s
; RUN: llvm-objdump -d -M no-aliases %t | FileCheck --check-prefix=BYTES %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  lui ra, 3563
; CHECK-NEXT:  addi{{w?}} ra, ra, -577
; CHECK-NEXT:  slli ra, ra, 12
; CHECK-NEXT:  addi ra, ra, -259
; CHECK-NEXT:  slli ra, ra, 12
; CHECK-NEXT:  addi ra, ra, -1282
; CHECK-NEXT:  jalr ra
; CHECK-COUNT-2: nop
; BYTES-LABEL: <caller>:
; BYTES:       jalr
; BYTES:       c.nop
; BYTES:       <after>:
define void @caller() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 36, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

define void @after() nounwind {
  ret void
}

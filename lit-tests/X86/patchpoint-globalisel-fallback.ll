; L11: a function with a patchpoint or a stack map falls back from GlobalISel to SelectionDAG, with the same code
; for it as ever. (LLVM 14 with assertions stops in MachineOperand::getIntrinsicID.)
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -global-isel -global-isel-abort=2 < %s | FileCheck %s
; XFAIL: llvm-14 && asserts

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movabsq $4096, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nopl (%rax)
define i64 @caller(i64 %a) {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 16, ptr inttoptr (i64 4096 to ptr), i32 1, i64 %a)
  ret i64 %r
}

; CHECK-LABEL: marker:
; CHECK:       .Ltmp1:
; CHECK:       .quad marker
define void @marker(i64 %a) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0, i64 %a)
  ret void
}

; A runtime may patch a stack map's shadow with a call, which needs the scratch register: nothing that is live stays in
; r11 across a stack map, just as across a patchpoint (InstrEmitter.cpp, EmitMachineNode).
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       movq %rdi, %r11
; CHECK:       movq %r11, [[SAVED:%[a-z0-9]+]]
; CHECK:       .Ltmp0:
; CHECK:       movq [[SAVED]], %r11
; CHECK:       addq %r11, %rax
define i64 @caller(i64 %a) {
  %x = call i64 asm "movq $1, $0", "={r11},r"(i64 %a)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 13)
  %y = call i64 asm "addq $2, $0", "={rax},0,{r11}"(i64 1, i64 %x)
  ret i64 %y
}

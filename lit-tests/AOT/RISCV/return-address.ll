; L5: a function that calls nothing but through a patchpoint must still return to its caller. LLVM does not know
; that the patchpoint destroys the return address: it is not saved, and the function returns into itself
; (RISCVISelLowering.cpp, emitPatchPoint; a statepoint defines ra there). The second time after the patchpoint
; the program gives up with status 3.
;
; REQUIRES: riscv-registered-target, run-riscv64, llvm-ge-19
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+m,+d -target-abi=lp64d -filetype=obj -o %t.o %s
; RUN: %as-riscv64 -o %t.run.o %S/../Inputs/riscv64.s
; RUN: %ld-riscv64 --section-start=.callee=0x20000000 -o %t.exe %t.o %t.run.o
; RUN: %run-riscv64 %t.exe
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

@count = global i64 0

; Linked at the address the patchpoint names: a symbol would be L4.
define i64 @step(i64 %x) noinline section ".callee" {
  %r = add i64 %x, 1
  ret i64 %r
}

define i64 @leaf(i64 %x) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 32, ptr inttoptr (i64 536870912 to ptr), i32 1, i64 %x)
  %n = load volatile i64, ptr @count
  %again = icmp ne i64 %n, 0
  br i1 %again, label %give_up, label %return

give_up:
  ; No call, which would have the return address saved.
  call void asm sideeffect "ecall", "{a7},{a0}"(i64 94, i64 3)
  unreachable

return:
  store volatile i64 1, ptr @count
  ret i64 %r
}

define i32 @main() {
  %r = call i64 @leaf(i64 20)
  %wrong = icmp ne i64 %r, 21
  %status = zext i1 %wrong to i32
  ret i32 %status
}

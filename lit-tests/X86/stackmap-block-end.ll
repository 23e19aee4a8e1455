; A shadow ends with its block: what another block would do there is not part of it, so nops fill it up before the
; branch's target and after an unconditional jump.
; LLVM 9 prints the prefixes of nops as bytes.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @callee()

; CHECK-LABEL: caller:
; CHECK:       jne [[END:.LBB0_[0-9]+]]
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nopw
; CHECK-NEXT:  nopw
; CHECK-NEXT:  [[END]]:
; CHECK:       callq callee
define void @caller(i1 %c) {
entry:
  br i1 %c, label %end, label %other

other:
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 20)
  br label %end

end:
  call void @callee()
  ret void
}

; Branch relaxation on SystemZ counts the bytes of a patchpoint: a loop around one of 70000 bytes has a long branch back,
; and the object file holds all of the nops. LLVM 13 counts none of them, and its branch does not reach.
;
; REQUIRES: llvm-readobj
; RUN: llc -mtriple=s390x-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=s390x-unknown-linux-gnu -filetype=obj -o %t < %s
; RUN: llvm-readobj -S %t | FileCheck --check-prefix=SIZE %s
; XFAIL: !llvm-ge-14

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i32 @more()

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK:       jg{{[a-z]+}} .LBB0_1
; CHECK-NEXT:  # %bb.2:
; SIZE:        Name: .text
; SIZE:        Size: 70{{[0-9][0-9][0-9]}}{{$}}
define void @caller() nounwind {
entry:
  br label %loop

loop:
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 70000, ptr null, i32 0)
  %n = call i32 @more()
  %c = icmp eq i32 %n, 0
  br i1 %c, label %end, label %loop

end:
  ret void
}

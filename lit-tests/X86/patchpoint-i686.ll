; L11: a patchpoint that calls is for 64-bit targets; i686 has to say so, as RISC-V does for 32 bits
; ("only supported on 64-bit targets"), and not to crash while printing a 64-bit instruction.
;
; RUN: not llc -mtriple=i686-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK: error: {{.*}}{{support|64-bit}}
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr inttoptr (i32 4096 to ptr), i32 0)
  ret void
}

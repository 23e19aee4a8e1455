; The offsets of a function's statepoints are the return addresses of their calls, in an object too, across branches that are
; relaxed and with compressed instructions: plain numbers, or differences that the linker works out.
;
; REQUIRES: roots-oracle, llvm-ge-19
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c -filetype=obj -o %t.o < %s
; RUN: %stackmap show %t.o | FileCheck %s
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c,+relax -filetype=obj -o %t.relax.o < %s
; RUN: %stackmap show %t.relax.o | FileCheck %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare i64 @llvm.experimental.gc.result.i64(token)
declare i64 @first()
declare void @second()

; The calls are at 4 and 14, the branch around the second at 12.
; CHECK: record id 1, instruction offset 12
; CHECK: record id 2, instruction offset 22
define void @caller() nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(i64 ()) @first, i32 0, i32 0, i32 0, i32 0)
  %r = call i64 @llvm.experimental.gc.result.i64(token %t)
  %none = icmp eq i64 %r, 0
  br i1 %none, label %done, label %more

more:
  %u = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 2, i32 0, ptr elementtype(void ()) @second, i32 0, i32 0, i32 0, i32 0)
  br label %done

done:
  ret void
}

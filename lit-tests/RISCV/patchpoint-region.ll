; L9's counterpart: the bytes from a patchpoint's offset on are its own, as many as it reserves: its call, whatever of it
; is compressed, and nops. With compressed instructions (C, or its part Zca) every even size is possible.
;
; REQUIRES: roots-oracle, llvm-ge-19
; RUN: sed -e 's/SIZE/38/' %s > %t.even.ll
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c -filetype=obj -o %t.c.o %t.even.ll
; RUN: %stackmap verify --ir %t.even.ll %t.c.o
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+zca -filetype=obj -o %t.zca.o %t.even.ll
; RUN: %stackmap verify --ir %t.even.ll %t.zca.o
; RUN: sed -e 's/SIZE/40/' %s > %t.four.ll
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -filetype=obj -o %t.o %t.four.ll
; RUN: %stackmap verify --ir %t.four.ll %t.o

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

define void @caller() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 SIZE, ptr null, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 SIZE, ptr inttoptr (i64 4096 to ptr), i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 SIZE, ptr inttoptr (i64 305419896 to ptr), i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 SIZE, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  ret void
}

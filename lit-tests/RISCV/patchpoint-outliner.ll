; L14: where the machine outliner runs (minsize), a patchpoint with recorded live-outs is hashed like any instruction.
; LLVM 20 with assertions aborts, as its live-outs are read as the register mask of a call
; (lib/CodeGen/MachineStableHash.cpp, stableHashValue, MO_RegisterLiveOut).
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: asserts && llvm-20

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:      function small: stack {{[0-9]+}}, records 1
; CHECK-NEXT: record 1 at
define void @small() minsize optsize {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr null, i32 0)
  ret void
}

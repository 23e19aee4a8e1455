; With the C extension instructions have two bytes where they can: three of them fill six bytes of a shadow, and one of
; eight needs a nop. Before LLVM 22.1.8 each counted for four (RISCVAsmPrinter.cpp, LowerSTACKMAP), and the shadow was
; shorter than promised; the build with assertions that is run here, the wheel, is older.
;
; RUN: llc -mtriple=riscv64-unknown-linux-gnu -mattr=+c < %s | FileCheck %s
; XFAIL: !llvm-ge-22, asserts

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK-LABEL: caller:
; CHECK:       .Ltmp0:
; CHECK-NEXT:  nop
; CHECK-NEXT:  sd a0, 0(a1)
; CHECK-NEXT:  sd a0, 0(a1)
; CHECK-NEXT:  sd a0, 0(a1)
; CHECK-NEXT:  {{^}}.Ltmp1:
define void @caller(i64 %a, ptr %p) nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 8)
  store volatile i64 %a, ptr %p
  store volatile i64 %a, ptr %p
  store volatile i64 %a, ptr %p
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  ret void
}

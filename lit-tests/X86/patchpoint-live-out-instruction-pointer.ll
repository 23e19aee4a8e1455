; L16: what is read relative to rip after a patchpoint makes no register live out of it. Today the upper half of eip is
; left among the live-outs, and the record says that two bytes of rip have to be preserved
; (lib/Target/X86/X86RegisterInfo.cpp, adjustStackMapLiveOutMask).
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@cell = external dso_local global i64

; CHECK:     record 1 at
; CHECK-NOT: live-out reg 16
define i64 @caller(i64 %x) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  %v = load volatile i64, ptr @cell
  %r = add i64 %v, %x
  ret i64 %r
}

; A callee above 48 bits does not fit into the three halves that PPCAsmPrinter::LowerPATCHPOINT loads: that must be an
; error, or a longer sequence. Without assertions the upper bits are cut off and something else is called.
;
; RUN: llc -mtriple=powerpc64le-unknown-linux-gnu < %s | FileCheck %s || not llc -mtriple=powerpc64le-unknown-linux-gnu -o %t < %s 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK:      .Ltmp0:
; CHECK:      4660
; CHECK:      bctrl
; ERROR:      error:
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 64, ptr inttoptr (i64 1311768467463790320 to ptr), i32 0)
  ret void
}

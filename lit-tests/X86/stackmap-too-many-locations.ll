; A record counts its locations with 16 bits: 65536 of them must be an error, or the record says that there are none and
; the next one is read from the middle of it.
;
; RUN: sed -e '/^  call.*stackmap(i64 1/{' -e 's/LIVE/LL/' -e 's/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g' -e 's/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g' -e 's/L/, i32 7/g' -e '}' %s > %t.ll
; RUN: not llc -mtriple=x86_64-unknown-linux-gnu -o %t < %t.ll 2>&1 | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.stackmap(i64, i32, ...)

; CHECK: error: {{.*}}{{location|live value|operand}}
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0LIVE)
  ret void
}

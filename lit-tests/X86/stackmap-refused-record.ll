; FastISel takes more locations than a record can count, which become a record without any and an invalid id (StackMaps.cpp,
; emitCallsiteEntries): it must be as long as any other, so that those after it are found. An error is as good.
;
; REQUIRES: llvm-readobj
; RUN: sed -e '/^  call.*stackmap(i64 1/{' -e 's/LIVE/LL/' -e 's/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g' -e 's/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g;s/L/LL/g' -e 's/L/, i32 7/g' -e '}' %s > %t.ll
; RUN: llc -O0 -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t < %t.ll && llvm-readobj --stackmap %t | FileCheck %s || not llc -O0 -mtriple=x86_64-unknown-linux-gnu -filetype=obj -o %t < %t.ll 2>&1 | FileCheck --check-prefix=ERROR %s

declare void @llvm.experimental.stackmap(i64, i32, ...)

; ERROR:      error: {{.*}}{{location|live value|operand}}
; CHECK:      Num Records: 3
; CHECK-NEXT: Record ID: 18446744073709551615,
; CHECK-NEXT: 0 locations:
; CHECK:      Record ID: 2,
; CHECK-NEXT: 1 locations:
; CHECK-NEXT: #1: Constant 7, size: 8
; CHECK:      Record ID: 3,
; CHECK-NEXT: 2 locations:
; CHECK-NEXT: #1: Constant 8, size: 8
; CHECK-NEXT: #2: Constant 9, size: 8
define void @caller() {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0LIVE)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0, i32 7)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 0, i32 8, i32 9)
  ret void
}

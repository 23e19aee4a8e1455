; Each patchpoint has the live-outs of its own place: of two in a block both have theirs, and what was read in the
; block before is not a live-out of the next one.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | %records | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; rdi, rcx and rdx (5, 2 and 1 to DWARF) hold what is read later; rsi (4) is read before all of them.
; CHECK:      record 1
; CHECK-NEXT: live-out reg 1, size 8
; CHECK-NEXT: live-out reg 2, size 4
; CHECK:      live-out reg 5, size 8
; CHECK:      record 2
; CHECK-NEXT: live-out reg 2, size 4
; CHECK-NOT:  live-out reg 4,
; CHECK-NOT:  live-out reg 5,
; CHECK:      record 3
; CHECK-NOT:  live-out reg 1,
; CHECK-NOT:  live-out reg 2,
; CHECK-NOT:  live-out reg 4,
; CHECK-NOT:  live-out reg 5,
; CHECK:      record 4
; CHECK-NOT:  live-out reg 1,
; CHECK-NOT:  live-out reg 2,
; CHECK-NOT:  live-out reg 4,
; CHECK-NOT:  live-out reg 5,
define void @caller(ptr %where, i64 %a, i64 %b, i1 %c) {
entry:
  store volatile i64 %a, ptr %where
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  store volatile i64 %b, ptr %where
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr null, i32 0)
  br i1 %c, label %then, label %end

then:
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr null, i32 0)
  br label %end

end:
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr null, i32 0)
  ret void
}

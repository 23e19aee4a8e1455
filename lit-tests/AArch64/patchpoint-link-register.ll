; Issue 39587: a patchpoint's call destroys the link register, so a function with nothing but a patchpoint has to save
; and restore it, also where the callee is null and may be patched.
;
; RUN: llc -mtriple=aarch64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=aarch64-unknown-linux-gnu -frame-pointer=none < %s | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: calls:
; CHECK:       st{{[rp]}} {{(x29, )?}}x30, [sp, {{.*}}]!
; CHECK:       blr x16
; CHECK:       ld{{[rp]}} {{(x29, )?}}x30, [sp], #16
; CHECK:       ret
define void @calls() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 16, ptr inttoptr (i64 4096 to ptr), i32 0)
  ret void
}

; CHECK-LABEL: may_be_patched:
; CHECK:       st{{[rp]}} {{(x29, )?}}x30, [sp, {{.*}}]!
; CHECK:       nop
; CHECK:       ld{{[rp]}} {{(x29, )?}}x30, [sp], #16
; CHECK:       ret
define void @may_be_patched() nounwind {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 16, ptr null, i32 0)
  ret void
}

; anyregcc preserves vectors: xmm0 is not moved across the patchpoint with SSE, nor ymm0 with AVX. With the C
; convention both are the callee's to destroy, and are spilled.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s --check-prefixes=CHECK,SSE
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -mattr=+avx < %s | FileCheck %s --check-prefixes=CHECK,AVX

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; CHECK-LABEL: any_register:
; CHECK-NOT:   xmm0
; CHECK-NOT:   ymm0
; CHECK:       retq
define <4 x float> @any_register(<4 x float> %v) {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  ret <4 x float> %v
}

; AVX-LABEL: any_register_wide:
; AVX-NOT:   ymm0
; AVX:       retq
define <8 x float> @any_register_wide(<8 x float> %v) {
  call anyregcc void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr null, i32 0)
  ret <8 x float> %v
}

; CHECK-LABEL: c_convention:
; SSE:         movaps %xmm0, {{.*}} # 16-byte Spill
; AVX:         vmovaps %xmm0, {{.*}} # 16-byte Spill
; CHECK:       nopw
; SSE:         movaps {{.*}}, %xmm0
; AVX:         vmovaps {{.*}}, %xmm0
define <4 x float> @c_convention(<4 x float> %v) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr null, i32 0)
  ret <4 x float> %v
}

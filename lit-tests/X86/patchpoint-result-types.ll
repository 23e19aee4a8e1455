; From LLVM 19 on the result of a patchpoint may have other types than void and i64; it comes back where the
; calling convention says.
;
; REQUIRES: llvm-ge-19
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare double @llvm.experimental.patchpoint.f64(i64, i32, ptr, i32, ...)
declare ptr @llvm.experimental.patchpoint.p0(i64, i32, ptr, i32, ...)

; CHECK-LABEL: a_double:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movsd %xmm0, (%r
; CHECK:       retq
define void @a_double(ptr %to) {
  %r = call double (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.f64(i64 1, i32 15, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  store double %r, ptr %to
  ret void
}

; CHECK-LABEL: a_pointer:
; CHECK:       movabsq $244837814094590, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movl $1, (%rax)
; CHECK:       retq
define void @a_pointer() {
  %r = call ptr (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.p0(i64 2, i32 15, ptr inttoptr (i64 244837814094590 to ptr), i32 0)
  store i32 1, ptr %r
  ret void
}

; A symbol callee is called by its own name, whatever its linkage, visibility or kind: a variable (of code that
; the program wrote), a hidden function, an imported one (never through __imp_), a dso_local_equivalent.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic < %s | FileCheck --check-prefix=PIC %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@code = global [32 x i8] zeroinitializer
@inner = internal global [32 x i8] zeroinitializer
declare dllimport void @imported()
declare hidden void @hidden()
declare protected void @protected()
define available_externally void @elsewhere() {
  ret void
}
define linkonce_odr void @merged() {
  ret void
}

; CHECK-LABEL: calls_all:
; CHECK:       movabsq $code, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $inner, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $imported, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $hidden, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $protected, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $elsewhere, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $merged, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       retq
; Position independent code may refer to them otherwise.
; PIC-LABEL:   calls_all:
; PIC:         {{(movabsq|callq)}} {{[$*]?}}code{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}inner{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}imported{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}hidden{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}protected{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}elsewhere{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}merged{{(,|@|$)}}
; PIC:         retq
define void @calls_all() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @code, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr @inner, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr @imported, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr @hidden, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 13, ptr @protected, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 6, i32 13, ptr @elsewhere, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 7, i32 13, ptr @merged, i32 0)
  ret void
}

; Every kind of symbol that is a global value is accepted as a callee, not only a function: alias, ifunc,
; weak and hidden functions, a data symbol. The name itself is the target, whatever it stands for.
; LLVM 9 calls what an alias stands for at -O0.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=pic < %s | FileCheck --check-prefix=PIC %s
; XFAIL: !llvm-ge-10

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@code = external global [16 x i8]
@other_name = alias void (), ptr @target
@chosen_at_load = ifunc void (), ptr @resolver

declare hidden void @kept_inside()
declare extern_weak void @maybe_absent()

define weak void @replaceable() {
  ret void
}

define void @target() {
  ret void
}

define ptr @resolver() {
  ret ptr @target
}

; CHECK-LABEL: calls_all:
; CHECK:       movabsq $other_name, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $chosen_at_load, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $kept_inside, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $maybe_absent, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $replaceable, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       movabsq $code, %r11
; CHECK-NEXT:  callq *%r11
; CHECK:       retq
; Position independent code may refer to them otherwise.
; PIC-LABEL:   calls_all:
; PIC:         {{(movabsq|callq)}} {{[$*]?}}other_name{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}chosen_at_load{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}kept_inside{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}maybe_absent{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}replaceable{{(,|@|$)}}
; PIC:         {{(movabsq|callq)}} {{[$*]?}}code{{(,|@|$)}}
; PIC:         retq
define void @calls_all() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @other_name, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr @chosen_at_load, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr @kept_inside, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr @maybe_absent, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 13, ptr @replaceable, i32 0)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 6, i32 13, ptr @code, i32 0)
  ret void
}

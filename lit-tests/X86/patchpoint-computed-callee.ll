; L2: an address that the compiler computes (a number cast to a pointer, a slot of the frame, a symbol plus an
; offset, a block of the function) must be what is called: never a number that the source does not contain,
; and never the symbol without its offset.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@table = external global [16 x i8]

; CHECK-LABEL: from_integer:
; CHECK-NOT:   movabsq
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-LABEL: {{^}}.Lfunc_end0:
define void @from_integer(i64 %address) {
  %fn = inttoptr i64 %address to ptr
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr %fn, i32 0)
  ret void
}

; CHECK-LABEL: on_the_stack:
; CHECK-NOT:   movabsq
; CHECK:       leaq {{.*}}(%r{{[sb]}}p), %r{{[a-z0-9]+}}
; CHECK-NOT:   movabsq
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-LABEL: {{^}}.Lfunc_end1:
define void @on_the_stack() {
  %code = alloca [16 x i8]
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 13, ptr %code, i32 0)
  ret void
}

; Either as movabsq of symbol plus offset, or computed into a register.
; CHECK-LABEL: inside_a_symbol:
; CHECK-NOT:   movabsq ${{["0-9-]}}
; CHECK:       table+8
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-LABEL: {{^}}.Lfunc_end2:
define void @inside_a_symbol() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr getelementptr (i8, ptr @table, i64 8), i32 0)
  ret void
}

; CHECK-LABEL: a_block:
; CHECK-NOT:   movabsq ${{["0-9-]}}
; CHECK:       callq *%r{{[a-z0-9]+}}
; CHECK-LABEL: {{^}}.Lfunc_end3:
define void @a_block() {
  br label %here

here:
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 13, ptr blockaddress(@a_block, %here), i32 0)
  ret void
}

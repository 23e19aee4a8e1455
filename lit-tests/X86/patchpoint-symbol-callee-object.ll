; In an object file a symbol callee is one R_X86_64_64 relocation, if the code is not position independent: a loader
; must be able to put the callee anywhere in 64 bits. (It makes a text relocation in a position-independent
; executable.)
;
; REQUIRES: llvm-readobj
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -relocation-model=static -filetype=obj -o %t.static < %s
; RUN: llvm-readobj -r %t.static | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -code-model=large -filetype=obj -o %t.large < %s
; RUN: llvm-readobj -r %t.large | FileCheck %s

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare void @callee()

; One relocation, for the 8 bytes of the movabsq. The large code model's section is .ltext from LLVM 18 on.
; CHECK:      Section {{.*}} .rela.{{l?}}text {
; CHECK-NEXT:   0x{{[0-9A-F]+}} R_X86_64_64 callee 0x0
; CHECK-NEXT: }
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr @callee, i32 0)
  ret void
}

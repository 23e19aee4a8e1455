; A feature that LLVM lacks ("patchpoint-call-at-end", llvm-dev, December 2013): in a function that asks for it, the call
; of a patchpoint returns to the end of the reserved bytes. The callee compares its return address with what the
; stack map says. The exit status counts the calls that returned elsewhere.
;
; REQUIRES: opaque-pointers
; RUN: cat %S/../Inputs/find.ll %s > %t.ll
; RUN: %mcjit %t.ll
; RUN: %mcjit -O0 %t.ll
; RUN: %mcjit -code-model=large %t.ll
; RUN: %orc %t.ll
; RUN: %orc -O0 %t.ll
; XFAIL: *

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare ptr @llvm.returnaddress(i32)

; 0 if this patchpoint, with so many bytes reserved, is the caller.
define i64 @returns_elsewhere(i64 %id, i64 %size) noinline {
  %to = call ptr @llvm.returnaddress(i32 0)
  %site = call ptr @find(i64 %id)
  %end = getelementptr i8, ptr %site, i64 %size
  %elsewhere = icmp ne ptr %to, %end
  %r = zext i1 %elsewhere to i64
  ret i64 %r
}

define i64 @exact() noinline "patchpoint-call-at-end" {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @returns_elsewhere, i32 2, i64 1, i64 13)
  ret i64 %r
}

define i64 @one_nop() noinline "patchpoint-call-at-end" {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 14, ptr @returns_elsewhere, i32 2, i64 2, i64 14)
  ret i64 %r
}

; Two in one function, with a live value and a large region.
define i64 @several(i64 %live) noinline "patchpoint-call-at-end" {
  %a = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 100, ptr @returns_elsewhere, i32 2, i64 3, i64 100, i64 %live)
  %b = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 4, i32 33, ptr @returns_elsewhere, i32 2, i64 4, i64 33, i64 %live)
  %r = add i64 %a, %b
  ret i64 %r
}

; Without the attribute there are nops between the call and the end.
define i64 @plain() noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 5, i32 20, ptr @returns_elsewhere, i32 2, i64 5, i64 20)
  %s = xor i64 %r, 1
  ret i64 %s
}

define i32 @main() {
  %a = call i64 @exact()
  %b = call i64 @one_nop()
  %c = call i64 @several(i64 7)
  %d = call i64 @plain()
  %ab = add i64 %a, %b
  %abc = add i64 %ab, %c
  %abcd = add i64 %abc, %d
  %status = trunc i64 %abcd to i32
  ret i32 %status
}

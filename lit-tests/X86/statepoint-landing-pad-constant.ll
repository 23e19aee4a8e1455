; L24: what is relocated where an invoked statepoint unwinds to is the relocated value there too, if it is a constant or the
; address of an object, for which nothing is in the record: it is made before the call, or in the landing pad. Up to LLVM 23 it is
; made after the call on the normal way out, and the landing pad returns what happens to be in a register
; (StatepointLowering.cpp, LowerAsSTATEPOINT: ExportFromCurrentBlock comes after the call).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -o %t < %s
; RUN: FileCheck --check-prefix=BEFORE %s < %t || FileCheck --check-prefix=PAD %s < %t
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 -o %t.0 < %s
; RUN: FileCheck --check-prefix=BEFORE %s < %t.0 || FileCheck --check-prefix=PAD %s < %t.0
; XFAIL: !llvm-ge-24

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()
declare i32 @__gxx_personality_v0(...)

; BEFORE-LABEL: constant:
; BEFORE:       movabsq $81985529216486895, 
; BEFORE:       callq callee@PLT
; BEFORE:       .cfi_endproc
; PAD-LABEL:    constant:
; PAD:          callq callee@PLT
; PAD:          {{^}}.LBB0_{{[0-9]}}:
; PAD:          movabsq $81985529216486895, 
; PAD:          .cfi_endproc
define ptr addrspace(1) @constant() gc "statepoint-example" personality ptr @__gxx_personality_v0 {
  %fixed = inttoptr i64 81985529216486895 to ptr addrspace(1)
  %t = invoke token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 1, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %fixed) ]
          to label %ok unwind label %bad

ok:
  ret ptr addrspace(1) null

bad:
  %pad = landingpad token
          cleanup
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %pad, i32 0, i32 0)
  ret ptr addrspace(1) %moved
}

; BEFORE-LABEL: object:
; BEFORE:       {{leaq.[0-9]+.|movq.}}%rsp{{.?}}, 
; BEFORE:       callq callee@PLT
; BEFORE:       .cfi_endproc
; PAD-LABEL:    object:
; PAD:          callq callee@PLT
; PAD:          {{^}}.LBB1_{{[0-9]}}:
; PAD:          {{leaq.[0-9]+.|movq.}}%rsp{{.?}}, 
; PAD:          .cfi_endproc
define i64 @object() gc "statepoint-example" personality ptr @__gxx_personality_v0 {
  %slot = alloca i64
  %cast = addrspacecast ptr %slot to ptr addrspace(1)
  %t = invoke token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 2, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %cast) ]
          to label %ok unwind label %bad

ok:
  ret i64 0

bad:
  %pad = landingpad token
          cleanup
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %pad, i32 0, i32 0)
  %address = ptrtoint ptr addrspace(1) %moved to i64
  ret i64 %address
}

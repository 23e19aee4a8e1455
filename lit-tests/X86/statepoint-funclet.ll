; L22: a statepoint may unwind to a funclet, a cleanup or a catch: no relocate can hang on it, and nothing asks whether one
; does. With assertions, the statepoint looks for a landing pad there: cast<LandingPadInst> of a funclet's pad
; (StatepointLowering.cpp, lowerStatepointMetaArgs).
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-pc-windows-msvc < %s | %records | FileCheck --check-prefix=MAP %s
; XFAIL: asserts

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()
declare void @handler()
declare i32 @__CxxFrameHandler3(...)

; CHECK-LABEL: to_cleanup:
; CHECK:       callq callee
; CHECK:       "?dtor$2@?0?to_cleanup@4HA":
; CHECK:       callq handler
; MAP:         record 7 at
; MAP:         Indirect reg 7, offset [[SLOT:[0-9]+]], size 8
; MAP-NEXT:    Indirect reg 7, offset [[SLOT]], size 8
define ptr addrspace(1) @to_cleanup(ptr addrspace(1) %object) gc "statepoint-example" personality ptr @__CxxFrameHandler3 {
  %t = invoke token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
          to label %ok unwind label %bad

ok:
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved

bad:
  %pad = cleanuppad within none []
  call void @handler() [ "funclet"(token %pad) ]
  cleanupret from %pad unwind to caller
}

; CHECK-LABEL: to_catch:
; CHECK:       callq callee
; CHECK:       "?catch$2@?0?to_catch@4HA":
; CHECK:       callq handler
; MAP:         record 8 at
define ptr addrspace(1) @to_catch(ptr addrspace(1) %object) gc "statepoint-example" personality ptr @__CxxFrameHandler3 {
  %t = invoke token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 8, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object) ]
          to label %ok unwind label %bad

ok:
  %moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  ret ptr addrspace(1) %moved

bad:
  %switch = catchswitch within none [label %caught] unwind to caller

caught:
  %pad = catchpad within %switch [ptr null, i32 64, ptr null]
  call void @handler() [ "funclet"(token %pad) ]
  catchret from %pad to label %done

done:
  ret ptr addrspace(1) null
}

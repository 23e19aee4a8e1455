; Issue 53828: a patchpoint on the way to a resume has SSP among its live-outs, in every program with exceptions and
; without any use of the shadow stack. It has to compile, and so has its map.
;
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; XFAIL: *

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i32 @__gxx_personality_v0(...)
declare void @may_throw()

; CHECK-LABEL: caller:
; CHECK:       callq may_throw
; CHECK:       nopw
; CHECK:       callq _Unwind_Resume
define void @caller() personality ptr @__gxx_personality_v0 {
  invoke void @may_throw()
          to label %ok unwind label %bad

ok:
  ret void

bad:
  %pad = landingpad { ptr, i32 }
          cleanup
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 13, ptr null, i32 0)
  resume { ptr, i32 } %pad
}

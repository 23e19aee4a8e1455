; RewriteStatepointsForGC: an invoke becomes an invoked statepoint, and each way out relocates for itself: from the statepoint
; on the normal one, from the landing pad, which becomes a token, on the other.
;
; REQUIRES: opt, llvm-ge-15
; RUN: opt -S -passes=rewrite-statepoints-for-gc < %s | FileCheck %s

declare void @callee()
declare i32 @__gxx_personality_v0(...)

; CHECK-LABEL: define ptr addrspace(1) @caller(
; CHECK:       [[T:%.*]] = invoke token {{.*}} @llvm.experimental.gc.statepoint.p0({{.*}} @callee, {{.*}} "gc-live"(
; CHECK-NEXT:  to label %ok unwind label %bad
; CHECK:       ok:
; CHECK:       [[B:%.*]] = call coldcc ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token [[T]], i32 {{[01]}}, i32 {{[01]}}) ; (%b, %b)
; CHECK:       ret ptr addrspace(1) [[B]]
; CHECK:       bad:
; CHECK:       [[PAD:%.*]] = landingpad token
; CHECK:       [[A:%.*]] = call coldcc ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token [[PAD]], i32 {{[01]}}, i32 {{[01]}}) ; (%a, %a)
; CHECK:       ret ptr addrspace(1) [[A]]
define ptr addrspace(1) @caller(ptr addrspace(1) %a, ptr addrspace(1) %b) gc "statepoint-example" personality ptr @__gxx_personality_v0 {
  invoke void @callee()
          to label %ok unwind label %bad

ok:
  ret ptr addrspace(1) %b

bad:
  %pad = landingpad token
          cleanup
  ret ptr addrspace(1) %a
}

; RewriteStatepointsForGC makes each call that may collect a statepoint, and what is used afterwards the relocated pointer:
; of a pointer, of one derived from it, of a phi of derived ones, whose base is a phi of the bases. A pointer that nothing
; uses any more is not live, and a leaf stays a call.
;
; REQUIRES: opt, llvm-ge-15
; RUN: opt -S -passes=rewrite-statepoints-for-gc < %s | FileCheck %s

declare void @callee()
declare ptr addrspace(1) @allocate()
declare void @leaf() "gc-leaf-function"

; CHECK-LABEL: define ptr addrspace(1) @plain(
; CHECK:       [[T:%.*]] = call token {{.*}} @llvm.experimental.gc.statepoint.p0({{.*}}elementtype(void ()) @callee, i32 0, {{.*}}) [ "gc-live"(ptr addrspace(1) %object) ]
; CHECK:       [[MOVED:%.*]] = call coldcc ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token [[T]], i32 0, i32 0)
; CHECK:       ret ptr addrspace(1) [[MOVED]]
define ptr addrspace(1) @plain(ptr addrspace(1) %object) gc "statepoint-example" {
  call void @callee()
  ret ptr addrspace(1) %object
}

; The derived pointer is made anew from the base, which is the one that is live.
; CHECK-LABEL: define ptr addrspace(1) @derived(
; CHECK:       [[T:%.*]] = call token {{.*}} [ "deopt"(i32 7, i64 %n), "gc-live"(ptr addrspace(1) %object) ]
; CHECK:       [[MOVED:%.*]] = call coldcc ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token [[T]], i32 0, i32 0)
; CHECK:       [[FIELD:%.*]] = getelementptr i8, ptr addrspace(1) [[MOVED]], i64 %n
; CHECK:       ret ptr addrspace(1) [[FIELD]]
define ptr addrspace(1) @derived(ptr addrspace(1) %object, i64 %n) gc "statepoint-example" {
  %field = getelementptr i8, ptr addrspace(1) %object, i64 %n
  call void @callee() [ "deopt"(i32 7, i64 %n) ]
  ret ptr addrspace(1) %field
}

; CHECK-LABEL: define ptr addrspace(1) @dead(
; CHECK:       [[T:%.*]] = call token {{.*}} @llvm.experimental.gc.statepoint.p0({{.*}}elementtype(ptr addrspace(1) ()) @allocate, {{.*}})
; CHECK-NOT:   gc-live
; CHECK:       [[R:%.*]] = call ptr addrspace(1) @llvm.experimental.gc.result.p1(token [[T]])
; CHECK:       ret ptr addrspace(1) [[R]]
define ptr addrspace(1) @dead(ptr addrspace(1) %object) gc "statepoint-example" {
  %byte = load i8, ptr addrspace(1) %object
  %r = call ptr addrspace(1) @allocate()
  ret ptr addrspace(1) %r
}

; CHECK-LABEL: define ptr addrspace(1) @merged(
; CHECK:       [[BASE:%.*]] = phi ptr addrspace(1) [ %a, %left ], [ %b, %right ]
; CHECK:       call void @leaf()
; CHECK:       [[T:%.*]] = call token {{.*}} [ "gc-live"(ptr addrspace(1) %p, ptr addrspace(1) [[BASE]]) ]
; CHECK:       [[MOVED:%.*]] = call coldcc ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token [[T]], i32 1, i32 0)
; CHECK:       ret ptr addrspace(1) [[MOVED]]
define ptr addrspace(1) @merged(ptr addrspace(1) %a, ptr addrspace(1) %b, i1 %which) gc "statepoint-example" {
entry:
  br i1 %which, label %left, label %right

left:
  %in.a = getelementptr i8, ptr addrspace(1) %a, i64 8
  br label %join

right:
  %in.b = getelementptr i8, ptr addrspace(1) %b, i64 16
  br label %join

join:
  %p = phi ptr addrspace(1) [ %in.a, %left ], [ %in.b, %right ]
  call void @leaf()
  call void @callee()
  ret ptr addrspace(1) %p
}

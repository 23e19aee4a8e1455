; Issue 80673: an object on the stack whose address is in the collector's address space is live across a statepoint like any other
; pointer, or, as the collector does not move it, not at all; what is read through it afterwards is the object. Today opt
; crashes: it asks for the base of an alloca's address, and knows none (RewriteStatepointsForGC.cpp, findBaseDefiningValue).
;
; REQUIRES: opt, llvm-ge-15
; RUN: opt -S -passes=rewrite-statepoints-for-gc < %s | FileCheck %s
; XFAIL: *

target datalayout = "e-m:e-i64:64-f80:128-n8:16:32:64-S128"

declare ptr addrspace(1) @allocate()

; CHECK-LABEL: define i64 @caller(
; CHECK:       call token {{.*}} @llvm.experimental.gc.statepoint.p0({{.*}} @allocate, {{.*}})
; CHECK:       load i64, ptr addrspace(1) %
; CHECK:       ret i64
define i64 @caller(i64 %n) gc "statepoint-example" {
  %slot = alloca i64, addrspace(1)
  store i64 %n, ptr addrspace(1) %slot
  %object = call ptr addrspace(1) @allocate()
  %read = load i64, ptr addrspace(1) %slot
  ret i64 %read
}

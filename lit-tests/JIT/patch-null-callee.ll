; The job of a runtime: find patchpoints with null callees by the stack map, run them as nops, overwrite them with calls,
; run, restore them, run. Every reserved byte is overwritten, nops first, so that the call returns to the end of
; the region. A page is never writable and executable at once.
;
; REQUIRES: opaque-pointers
; RUN: %mcjit %s | FileCheck %s
; RUN: %mcjit -O0 %s | FileCheck %s
; RUN: %mcjit -code-model=large %s | FileCheck %s
; RUN: %orc %s | FileCheck %s
; RUN: %orc -O0 %s | FileCheck %s

; CHECK:      nops: 10 20 30
; CHECK-NEXT: 15 bytes patched: 110 20 30
; CHECK-NEXT: 64 bytes patched: 110 1020 30
; CHECK-NEXT: 13 bytes patched: 110 1020 10030
; CHECK-NEXT: 64 bytes restored: 110 20 10030
; CHECK-NEXT: all restored: 10 20 30
; CHECK-NEXT: patched again: 10010 20 30
; CHECK-NOT:  {{.}}

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i32 @printf(ptr, ...)
declare i32 @mprotect(ptr, i64, i32)
declare void @exit(i32)
declare ptr @memcpy(ptr, ptr, i64)
declare ptr @memset(ptr, i32, i64)

; The stack map of this module.
@__LLVM_StackMaps = external global i8

@cells = global [3 x i64] zeroinitializer
@saved = global [3 x [64 x i8]] zeroinitializer
@line = private constant [17 x i8] c"%s: %ld %ld %ld\0A\00"
@said.0 = private constant [5 x i8] c"nops\00"
@said.1 = private constant [17 x i8] c"15 bytes patched\00"
@said.2 = private constant [17 x i8] c"64 bytes patched\00"
@said.3 = private constant [17 x i8] c"13 bytes patched\00"
@said.4 = private constant [18 x i8] c"64 bytes restored\00"
@said.5 = private constant [13 x i8] c"all restored\00"
@said.6 = private constant [14 x i8] c"patched again\00"

; Code that is patched has pages of its own: nothing may run on a page while it is written to.
define void @sites(ptr %first, ptr %second, ptr %third) noinline section ".text.sites" align 4096 {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 1, ptr %first, ptr %second, ptr %third)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 64, ptr null, i32 1, ptr %second, ptr %third)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 13, ptr null, i32 1, ptr %third)
  ret void
}

define void @end_of_sites() section ".text.sites" align 4096 {
  ret void
}

define void @add_100(ptr %cell) {
  %before = load i64, ptr %cell
  %after = add i64 %before, 100
  store i64 %after, ptr %cell
  ret void
}

define void @add_1000(ptr %cell) {
  %before = load i64, ptr %cell
  %after = add i64 %before, 1000
  store i64 %after, ptr %cell
  ret void
}

define void @add_10000(ptr %cell) {
  %before = load i64, ptr %cell
  %after = add i64 %before, 10000
  store i64 %after, ptr %cell
  ret void
}

; The first byte of the patchpoint with an id, or null if no record has it. The map: a header of 16 bytes, 24 for
; each function, 8 for each constant, then the records, those of each function one after another.
define ptr @find(i64 %id) {
start:
  %functions = load i32, ptr getelementptr (i8, ptr @__LLVM_StackMaps, i64 4)
  %constants = load i32, ptr getelementptr (i8, ptr @__LLVM_StackMaps, i64 8)
  %f64 = zext i32 %functions to i64
  %c64 = zext i32 %constants to i64
  %f24 = mul i64 %f64, 24
  %c8 = mul i64 %c64, 8
  %before = add i64 %f24, %c8
  %first = add i64 %before, 16
  %records = getelementptr i8, ptr @__LLVM_StackMaps, i64 %first
  br label %function

function:
  %f = phi i64 [ 0, %start ], [ %f.next, %function.end ]
  %r.first = phi ptr [ %records, %start ], [ %r, %function.end ]
  %entries = getelementptr i8, ptr @__LLVM_StackMaps, i64 16
  %entry.offset = mul i64 %f, 24
  %entry = getelementptr i8, ptr %entries, i64 %entry.offset
  %address = load ptr, ptr %entry
  %count.at = getelementptr i8, ptr %entry, i64 16
  %count = load i64, ptr %count.at
  br label %record

record:
  %i = phi i64 [ 0, %function ], [ %i.next, %another ]
  %r = phi ptr [ %r.first, %function ], [ %r.next, %another ]
  %inside = icmp ult i64 %i, %count
  br i1 %inside, label %look, label %function.end

look:
  %r.id = load i64, ptr %r
  %this = icmp eq i64 %r.id, %id
  br i1 %this, label %found, label %another

another:
  %locations.at = getelementptr i8, ptr %r, i64 14
  %locations = load i16, ptr %locations.at
  %l64 = zext i16 %locations to i64
  %l12 = mul i64 %l64, 12
  %l.end = add i64 %l12, 23
  %l.aligned = and i64 %l.end, -8
  %outs.offset = add i64 %l.aligned, 2
  %outs.at = getelementptr i8, ptr %r, i64 %outs.offset
  %outs = load i16, ptr %outs.at
  %o64 = zext i16 %outs to i64
  %o4 = mul i64 %o64, 4
  %o.end = add i64 %o4, %l.aligned
  %r.end = add i64 %o.end, 11
  %r.aligned = and i64 %r.end, -8
  %r.next = getelementptr i8, ptr %r, i64 %r.aligned
  %i.next = add i64 %i, 1
  br label %record

function.end:
  %f.next = add i64 %f, 1
  %more = icmp ult i64 %f.next, %f64
  br i1 %more, label %function, label %missing

found:
  %offset.at = getelementptr i8, ptr %r, i64 8
  %offset = load i32, ptr %offset.at
  %o = zext i32 %offset to i64
  %site = getelementptr i8, ptr %address, i64 %o
  ret ptr %site

missing:
  ret ptr null
}

; Protect the page of a site; the program ends if that is refused.
define void @protect(ptr %site, i32 %how) {
  %integer = ptrtoint ptr %site to i64
  %aligned = and i64 %integer, -4096
  %page = inttoptr i64 %aligned to ptr
  %refused = call i32 @mprotect(ptr %page, i64 4096, i32 %how)
  %bad = icmp ne i32 %refused, 0
  br i1 %bad, label %give_up, label %done

give_up:
  call void @exit(i32 3)
  unreachable

done:
  ret void
}

; Overwrite a whole region: nops, and at its end movabsq $callee, %r11; callq *%r11.
define void @patch(ptr %site, i64 %size, ptr %callee) {
  call void @protect(ptr %site, i32 3)
  %nops = call ptr @memset(ptr %site, i32 144, i64 %size)
  %start = sub i64 %size, 13
  %movabs = getelementptr i8, ptr %site, i64 %start
  store i16 -17591, ptr %movabs, align 1
  %immediate = getelementptr i8, ptr %movabs, i64 2
  store ptr %callee, ptr %immediate, align 1
  %call = getelementptr i8, ptr %movabs, i64 10
  store i16 -191, ptr %call, align 1
  %call.register = getelementptr i8, ptr %movabs, i64 12
  store i8 -45, ptr %call.register
  call void @protect(ptr %site, i32 5)
  ret void
}

; Put a region's bytes back.
define void @restore(ptr %site, i64 %size, ptr %bytes) {
  call void @protect(ptr %site, i32 3)
  %copied = call ptr @memcpy(ptr %site, ptr %bytes, i64 %size)
  call void @protect(ptr %site, i32 5)
  ret void
}

define void @show(ptr %said) {
  store [3 x i64] [i64 10, i64 20, i64 30], ptr @cells
  call void @sites(ptr @cells, ptr getelementptr (i64, ptr @cells, i64 1), ptr getelementptr (i64, ptr @cells, i64 2))
  %a = load i64, ptr @cells
  %b = load i64, ptr getelementptr (i64, ptr @cells, i64 1)
  %c = load i64, ptr getelementptr (i64, ptr @cells, i64 2)
  %written = call i32 (ptr, ...) @printf(ptr @line, ptr %said, i64 %a, i64 %b, i64 %c)
  ret void
}

define i32 @main() {
  %first = call ptr @find(i64 1)
  %second = call ptr @find(i64 2)
  %third = call ptr @find(i64 3)
  %no = call ptr @find(i64 4)
  %surprise = icmp ne ptr %no, null
  br i1 %surprise, label %wrong, label %go

wrong:
  ret i32 1

go:
  %saved.1 = call ptr @memcpy(ptr @saved, ptr %first, i64 15)
  %saved.2 = call ptr @memcpy(ptr getelementptr (i8, ptr @saved, i64 64), ptr %second, i64 64)
  %saved.3 = call ptr @memcpy(ptr getelementptr (i8, ptr @saved, i64 128), ptr %third, i64 13)
  call void @show(ptr @said.0)
  call void @patch(ptr %first, i64 15, ptr @add_100)
  call void @show(ptr @said.1)
  call void @patch(ptr %second, i64 64, ptr @add_1000)
  call void @show(ptr @said.2)
  call void @patch(ptr %third, i64 13, ptr @add_10000)
  call void @show(ptr @said.3)
  call void @restore(ptr %second, i64 64, ptr getelementptr (i8, ptr @saved, i64 64))
  call void @show(ptr @said.4)
  call void @restore(ptr %first, i64 15, ptr @saved)
  call void @restore(ptr %third, i64 13, ptr getelementptr (i8, ptr @saved, i64 128))
  call void @show(ptr @said.5)
  call void @patch(ptr %first, i64 15, ptr @add_10000)
  call void @show(ptr @said.6)
  ret i32 0
}

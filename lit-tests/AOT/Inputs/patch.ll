; The program of the tests `patch.test`: what a runtime does with patchpoints that have null callees. It finds them by
; its own stack map, runs them as nops, overwrites all their bytes with calls, runs them, puts the bytes back and
; runs them again. Its status tells the first round that computed something else.

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

; Of the runtime: the second fills a region with nops, and a call at its end.
declare i64 @mprotect(ptr, i64, i64)
declare void @write_call(ptr, i64, ptr)
declare void @finish(i64)

@__LLVM_StackMaps = external global i8

@cells = global [3 x i64] zeroinitializer
@saved = global [3 x [8 x i64]] zeroinitializer

; Code that is patched has pages of its own: nothing may run on a page while it is written to.
define void @sites(ptr %first, ptr %second, ptr %third) noinline section ".text.sites" align 4096 {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 24, ptr null, i32 1, ptr %first, ptr %second, ptr %third)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 64, ptr null, i32 1, ptr %second, ptr %third)
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 16, ptr null, i32 1, ptr %third)
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
define void @protect(ptr %site, i64 %how) {
  %integer = ptrtoint ptr %site to i64
  %aligned = and i64 %integer, -4096
  %page = inttoptr i64 %aligned to ptr
  %refused = call i64 @mprotect(ptr %page, i64 4096, i64 %how)
  %bad = icmp ne i64 %refused, 0
  br i1 %bad, label %give_up, label %done

give_up:
  call void @finish(i64 99)
  unreachable

done:
  ret void
}

define void @patch(ptr %site, i64 %size, ptr %callee) {
  call void @protect(ptr %site, i64 3)
  call void @write_call(ptr %site, i64 %size, ptr %callee)
  call void @protect(ptr %site, i64 5)
  ret void
}

define void @copy(ptr %to, ptr %from, i64 %size) {
start:
  br label %byte

byte:
  %i = phi i64 [ 0, %start ], [ %i.next, %byte ]
  %from.at = getelementptr i8, ptr %from, i64 %i
  %to.at = getelementptr i8, ptr %to, i64 %i
  %one = load volatile i8, ptr %from.at
  store volatile i8 %one, ptr %to.at
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, %size
  br i1 %more, label %byte, label %done

done:
  ret void
}

define void @restore(ptr %site, i64 %size, ptr %bytes) {
  call void @protect(ptr %site, i64 3)
  call void @copy(ptr %site, ptr %bytes, i64 %size)
  call void @protect(ptr %site, i64 5)
  ret void
}

; Run all sites; the program ends with the round's number if they did not make these three numbers.
define void @round(i64 %number, i64 %a, i64 %b, i64 %c) {
  store i64 10, ptr @cells
  store i64 20, ptr getelementptr (i64, ptr @cells, i64 1)
  store i64 30, ptr getelementptr (i64, ptr @cells, i64 2)
  call void @sites(ptr @cells, ptr getelementptr (i64, ptr @cells, i64 1), ptr getelementptr (i64, ptr @cells, i64 2))
  %a.is = load i64, ptr @cells
  %b.is = load i64, ptr getelementptr (i64, ptr @cells, i64 1)
  %c.is = load i64, ptr getelementptr (i64, ptr @cells, i64 2)
  %a.bits = xor i64 %a, %a.is
  %b.bits = xor i64 %b, %b.is
  %c.bits = xor i64 %c, %c.is
  %ab.bits = or i64 %a.bits, %b.bits
  %bits = or i64 %ab.bits, %c.bits
  %wrong = icmp ne i64 %bits, 0
  br i1 %wrong, label %give_up, label %done

give_up:
  call void @finish(i64 %number)
  unreachable

done:
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
  ret i32 98

go:
  call void @copy(ptr @saved, ptr %first, i64 24)
  call void @copy(ptr getelementptr (i8, ptr @saved, i64 64), ptr %second, i64 64)
  call void @copy(ptr getelementptr (i8, ptr @saved, i64 128), ptr %third, i64 16)
  call void @round(i64 1, i64 10, i64 20, i64 30)
  call void @patch(ptr %first, i64 24, ptr @add_100)
  call void @round(i64 2, i64 110, i64 20, i64 30)
  call void @patch(ptr %second, i64 64, ptr @add_1000)
  call void @round(i64 3, i64 110, i64 1020, i64 30)
  call void @patch(ptr %third, i64 16, ptr @add_10000)
  call void @round(i64 4, i64 110, i64 1020, i64 10030)
  call void @restore(ptr %second, i64 64, ptr getelementptr (i8, ptr @saved, i64 64))
  call void @round(i64 5, i64 110, i64 20, i64 10030)
  call void @restore(ptr %first, i64 24, ptr @saved)
  call void @restore(ptr %third, i64 16, ptr getelementptr (i8, ptr @saved, i64 128))
  call void @round(i64 6, i64 10, i64 20, i64 30)
  call void @patch(ptr %first, i64 24, ptr @add_10000)
  call void @round(i64 7, i64 10010, i64 20, i64 30)
  ret i32 0
}

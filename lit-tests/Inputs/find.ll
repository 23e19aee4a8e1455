; Part of programs that look for their patchpoints; it is put in front of the rest.

; The stack map of this module.
@__LLVM_StackMaps = external global i8

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

; The program of the tests `call-at-end.test`, after ../../Inputs/find.ll. Its callee is linked at 0x20000000 and notes
; where it returns to. SLACK is how far that is from the end of the region: an instruction that belongs to the call.
; Its status is 0, or tells the step that went wrong.

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare ptr @llvm.returnaddress(i32)

; Of the runtime: the second fills a region with nops, and a call at its end.
declare i64 @mprotect(ptr, i64, i64)
declare void @write_call(ptr, i64, ptr)
declare void @finish(i64)

@seen = global ptr null

define i64 @note(i64 %x) noinline section ".callee" align 16 {
  %to = call ptr @llvm.returnaddress(i32 0)
  store ptr %to, ptr @seen
  %r = mul i64 %x, 2
  ret i64 %r
}

define i64 @note_patched(i64 %x) noinline {
  %to = call ptr @llvm.returnaddress(i32 0)
  store ptr %to, ptr @seen
  %r = mul i64 %x, 3
  ret i64 %r
}

define void @nothing() noinline {
  call void asm sideeffect "", ""()
  ret void
}

; Sites are functions that call something else too, and go on after the patchpoint. Code that is patched has pages of
; its own: nothing may run on a page while it is written to.
define i64 @first(i64 %x) noinline "patchpoint-call-at-end" section ".text.sites" align 4096 {
  call void @nothing()
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 48, ptr inttoptr (i64 536870912 to ptr), i32 1, i64 %x)
  %s = add i64 %r, 1
  ret i64 %s
}

define i64 @second(i64 %x) noinline "patchpoint-call-at-end" section ".text.sites" {
  call void @nothing()
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 64, ptr inttoptr (i64 536870912 to ptr), i32 1, i64 %x)
  %s = add i64 %r, 1
  ret i64 %s
}

; No call until it is patched. It says so itself: the result of such a patchpoint is nothing.
define i64 @empty(i64 %x) noinline "patchpoint-call-at-end" section ".text.sites" {
  call void @nothing()
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 64, ptr null, i32 1, i64 %x)
  %s = add i64 %r, 1
  ret i64 %s
}

; Without the attribute, the call comes first.
define i64 @plain(i64 %x) noinline section ".text.sites" {
  call void @nothing()
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 4, i32 64, ptr inttoptr (i64 536870912 to ptr), i32 1, i64 %x)
  %s = add i64 %r, 1
  ret i64 %s
}

define void @end_of_sites() section ".text.sites" align 4096 {
  ret void
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

; The program ends with this number if two addresses or numbers are not the same.
define void @same(i64 %step, i64 %a, i64 %b) noinline {
  %wrong = icmp ne i64 %a, %b
  br i1 %wrong, label %give_up, label %done

give_up:
  call void @finish(i64 %step)
  unreachable

done:
  ret void
}

; Whether the last call returned to the end of a region, less so many bytes.
define void @returned(i64 %step, i64 %id, i64 %size, i64 %slack) {
  %site = call ptr @find(i64 %id)
  %end = getelementptr i8, ptr %site, i64 %size
  %minus = sub i64 0, %slack
  %wanted = getelementptr i8, ptr %end, i64 %minus
  %to = load ptr, ptr @seen
  %wanted.i = ptrtoint ptr %wanted to i64
  %to.i = ptrtoint ptr %to to i64
  call void @same(i64 %step, i64 %to.i, i64 %wanted.i)
  ret void
}

; Overwrite a whole region.
define void @patch(i64 %id, i64 %size) {
  %site = call ptr @find(i64 %id)
  call void @protect(ptr %site, i64 3)
  call void @write_call(ptr %site, i64 %size, ptr @note_patched)
  call void @protect(ptr %site, i64 5)
  ret void
}

define i32 @main() {
  %a = call i64 @first(i64 20)
  call void @same(i64 1, i64 %a, i64 41)
  call void @returned(i64 2, i64 1, i64 48, i64 SLACK)
  %b = call i64 @second(i64 30)
  call void @same(i64 3, i64 %b, i64 61)
  call void @returned(i64 4, i64 2, i64 64, i64 SLACK)

  ; Without the attribute: before the end.
  %c = call i64 @plain(i64 40)
  call void @same(i64 5, i64 %c, i64 81)
  %plain = call ptr @find(i64 4)
  %plain.end = getelementptr i8, ptr %plain, i64 64
  %to = load ptr, ptr @seen
  %after = icmp ugt ptr %to, %plain
  %before = icmp ult ptr %to, %plain.end
  %inside = and i1 %after, %before
  %inside.i = zext i1 %inside to i64
  call void @same(i64 6, i64 %inside.i, i64 1)

  ; Only nops: nobody is called.
  store ptr null, ptr @seen
  %nothing = call i64 @empty(i64 50)
  %still = load ptr, ptr @seen
  %still.i = ptrtoint ptr %still to i64
  call void @same(i64 7, i64 %still.i, i64 0)

  ; What the runtime writes over these regions returns to the same place.
  call void @patch(i64 1, i64 48)
  %d = call i64 @first(i64 20)
  call void @same(i64 8, i64 %d, i64 61)
  call void @returned(i64 9, i64 1, i64 48, i64 0)
  call void @patch(i64 3, i64 64)
  %e = call i64 @empty(i64 30)
  call void @same(i64 10, i64 %e, i64 91)
  call void @returned(i64 11, i64 3, i64 64, i64 0)

  ; And the neighbour is as it was.
  %f = call i64 @second(i64 30)
  call void @same(i64 12, i64 %f, i64 61)
  call void @returned(i64 13, i64 2, i64 64, i64 SLACK)
  ret i32 0
}

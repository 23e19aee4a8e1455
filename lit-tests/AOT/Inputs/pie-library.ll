; The program of `pie-library.test`, after ../../Inputs/find.ll. Its status is 0, or tells the step that went wrong.

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare ptr @llvm.returnaddress(i32)

; Of the library.
declare i64 @weighted(i64, i64, i64)
declare i64 @twice(i64)
declare i64 @in_r10(ptr nest)

; Of the runtime: the second fills a region with nops, and a call at its end.
declare i64 @mprotect(ptr, i64, i64)
declare void @write_call(ptr, i64, ptr)
declare void @finish(i64)

@seen = internal global ptr null

; Of the program, but a library loaded before it might have one of this name.
define i64 @note(i64 %x) noinline {
  %to = call ptr @llvm.returnaddress(i32 0)
  store ptr %to, ptr @seen
  ret i64 %x
}

; One patchpoint a function: a call after one is more than LLVM can take (issue 53828).
define i64 @call_in_r10(i64 %x) noinline {
  %in = inttoptr i64 %x to ptr
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr @in_r10, i32 1, ptr nest %in)
  ret i64 %r
}

define i64 @call_weighted(i64 %a, i64 %b, i64 %c) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 13, ptr @weighted, i32 3, i64 %a, i64 %b, i64 %c)
  ret i64 %r
}

define i64 @call_twice(i64 %x) noinline {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 40, ptr @twice, i32 1, i64 %x)
  ret i64 %r
}

; Code that is patched has pages of its own: nothing may run on a page while it is written to.
define i64 @site(i64 %x) noinline section ".text.sites" align 4096 {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 4, i32 24, ptr @note, i32 1, i64 %x)
  %s = add i64 %r, 1
  ret i64 %s
}

define void @end_of_sites() section ".text.sites" align 4096 {
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

define i32 @main() {
  ; This comes first: only the first call could be bound lazily.
  %a = call i64 @call_in_r10(i64 1311768467463790320)
  call void @same(i64 1, i64 %a, i64 1311768467463790320)
  %b = call i64 @call_weighted(i64 1, i64 2, i64 3)
  call void @same(i64 2, i64 %b, i64 321)
  %c = call i64 @call_twice(i64 %b)
  call void @same(i64 3, i64 %c, i64 642)

  ; The stack map knows where the loader put it.
  %d = call i64 @site(i64 10)
  call void @same(i64 4, i64 %d, i64 11)
  %place = call ptr @find(i64 4)
  %end = getelementptr i8, ptr %place, i64 24
  %to = load ptr, ptr @seen
  %after = icmp ugt ptr %to, %place
  %before = icmp ule ptr %to, %end
  %inside = and i1 %after, %before
  %inside.i = zext i1 %inside to i64
  call void @same(i64 5, i64 %inside.i, i64 1)

  ; And the region may be overwritten.
  %integer = ptrtoint ptr %place to i64
  %aligned = and i64 %integer, -4096
  %page = inttoptr i64 %aligned to ptr
  %writable = call i64 @mprotect(ptr %page, i64 4096, i64 3)
  call void @same(i64 6, i64 %writable, i64 0)
  call void @write_call(ptr %place, i64 24, ptr @twice)
  %executable = call i64 @mprotect(ptr %page, i64 4096, i64 5)
  call void @same(i64 7, i64 %executable, i64 0)
  %e = call i64 @site(i64 10)
  call void @same(i64 8, i64 %e, i64 21)
  ret i32 0
}

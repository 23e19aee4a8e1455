; A callee that is a number is called at that address: the program maps pages there, near and far, and writes
; leaq N(%rdi), %rax; retq into them. An address of 32 bits with the highest bit set must not be sign-extended.
;
; RUN: %mcjit %s
; RUN: %mcjit -O0 %s
; RUN: %orc %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare ptr @mmap(ptr, i64, i32, i32, i32, i64)
declare i32 @mprotect(ptr, i64, i32)
declare void @exit(i32)

; A function that adds a number of 7 bits, at an address that must be free.
define void @place(ptr %address, i8 %added) {
  ; MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED_NOREPLACE
  %page = call ptr @mmap(ptr %address, i64 4096, i32 3, i32 1048610, i32 -1, i64 0)
  %placed = icmp eq ptr %page, %address
  br i1 %placed, label %write, label %give_up

give_up:
  call void @exit(i32 3)
  unreachable

write:
  store [5 x i8] [i8 72, i8 -115, i8 71, i8 0, i8 -61], ptr %page
  %added.at = getelementptr i8, ptr %page, i64 3
  store i8 %added, ptr %added.at
  %refused = call i32 @mprotect(ptr %page, i64 4096, i32 5)
  %bad = icmp ne i32 %refused, 0
  br i1 %bad, label %give_up, label %done

done:
  ret void
}

define i32 @main() {
  call void @place(ptr inttoptr (i64 536870912 to ptr), i8 1)
  call void @place(ptr inttoptr (i64 4026531840 to ptr), i8 2)
  call void @place(ptr inttoptr (i64 70368744177664 to ptr), i8 4)
  %a = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 13, ptr inttoptr (i64 536870912 to ptr), i32 1, i64 100)
  %far = inttoptr i64 4026531840 to ptr
  %b = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 2, i32 13, ptr %far, i32 1, i64 %a)
  %c = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 3, i32 20, ptr inttoptr (i64 70368744177664 to ptr), i32 1, i64 %b)
  %wrong = icmp ne i64 %c, 107
  %status = zext i1 %wrong to i32
  ret i32 %status
}

; The program of the tests `shadow.test`: a runtime overwrites the shadow of a stack map, all the bytes that were
; promised. After the map are things that emit no code, and a return; after that comes another function, which has to do
; what it did before. The status is 0 if so.

declare void @llvm.experimental.stackmap(i64, i32, ...)

; Of the runtime: the second fills a region with nops, and a call at its end.
declare i64 @mprotect(ptr, i64, i64)
declare void @write_call(ptr, i64, ptr)

; Code that is patched has pages of its own. The shadow is at least as long as what is overwritten.
define void @site() nounwind noinline section ".text.sites" align 4096 {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 128)
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  ret void
}

define i64 @behind(i64 %a) nounwind noinline section ".text.sites" {
  %sum = add i64 %a, 5
  ret i64 %sum
}

; Nothing else may run from the page that is written to.
define void @end_of_site() section ".text.sites" align 4096 {
  ret void
}

define void @nothing() noinline {
  ret void
}

define i32 @main() {
  %before = call i64 @behind(i64 20)
  %writable = call i64 @mprotect(ptr @site, i64 4096, i64 3)
  call void @write_call(ptr @site, i64 128, ptr @nothing)
  %executable = call i64 @mprotect(ptr @site, i64 4096, i64 5)
  %after = call i64 @behind(i64 20)
  %refused = or i64 %writable, %executable
  %changed = xor i64 %before, %after
  %bad = or i64 %refused, %changed
  %wrong = icmp ne i64 %bad, 0
  %status = zext i1 %wrong to i32
  ret i32 %status
}

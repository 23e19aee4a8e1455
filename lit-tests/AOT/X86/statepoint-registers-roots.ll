; With -max-registers-for-gc-values live pointers are in registers that a callee keeps, or in slots of the register
; allocator: a collector that reads the record finds them there, base and derived, and what is relocated is that value.
;
; REQUIRES: run-x86_64, roots-oracle, llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -max-registers-for-gc-values=8 -fixup-allow-gcptr-in-csr -filetype=obj -o %t.o %s
; RUN: %as-x86_64 -o %t.run.o %S/../Inputs/x86_64.s
; RUN: %ld-x86_64 -o %t.exe %t.o %t.run.o
; RUN: %run-x86_64 %t.exe > %t.capture
; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @capture()

; Calling convention, flags, how many deoptimisation values; the roots, base before derived pointer.
; ROOTS: 5: i64 0 in Constant, i64 0 in Constant, i64 0 in Constant, ptr 0x1000 in Register, ptr 0x1028 in Register, ptr 0x1000 in Register, ptr 0x1000 in Register
define i64 @walk(ptr addrspace(1) %object) noinline gc "statepoint-example" {
  %field = getelementptr i8, ptr addrspace(1) %object, i64 40
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 5, i32 0, ptr elementtype(void ()) @capture, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %object, ptr addrspace(1) %field) ]
  %object.moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %token, i32 0, i32 0)
  %field.moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %token, i32 0, i32 1)
  %a = ptrtoint ptr addrspace(1) %object.moved to i64
  %b = ptrtoint ptr addrspace(1) %field.moved to i64
  %d = sub i64 %b, %a
  ret i64 %d
}

define i32 @main() {
  %distance = call i64 @walk(ptr addrspace(1) inttoptr (i64 4096 to ptr addrspace(1)))
  %wrong = icmp ne i64 %distance, 40
  %status = zext i1 %wrong to i32
  ret i32 %status
}

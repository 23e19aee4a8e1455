; An invoked patchpoint unwinds to its landing pad from anywhere in its region: the entry of the call-site table
; spans the call and its nops, since a runtime may have patched in a call that ends later.
; LLVM 9 prints the prefixes of nops as bytes.
;
; REQUIRES: llvm-ge-10
; RUN: llc -mtriple=x86_64-unknown-linux-gnu < %s | FileCheck %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s | FileCheck %s

declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i32 @__gxx_personality_v0(...)

; CHECK-LABEL: caller:
; CHECK:       {{^}}[[BEGIN:.Ltmp[0-9]+]]:
; CHECK:       movabsq $4096, %r11
; CHECK-NEXT:  callq *%r11
; CHECK-NEXT:  nopw %cs:512(%rax,%rax)
; CHECK-NEXT:  nopl 512(%rax)
; CHECK-NEXT:  {{^}}[[END:.Ltmp[0-9]+]]:
; CHECK:       GCC_except_table0:
; CHECK:       .uleb128 [[BEGIN]]-.Lfunc_begin0
; CHECK-NEXT:  .uleb128 [[END]]-[[BEGIN]]
define i64 @caller() personality ptr @__gxx_personality_v0 {
  %r = invoke i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 30, ptr inttoptr (i64 4096 to ptr), i32 0)
          to label %ok unwind label %bad

ok:
  ret i64 %r

bad:
  %pad = landingpad { ptr, i32 }
          cleanup
  ret i64 0
}

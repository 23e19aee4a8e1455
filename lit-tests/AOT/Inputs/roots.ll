; The program of the tests `roots.test`. The callee is the runtime's `capture`, linked at the address that the
; patchpoints name: 0x20000000. An immediate is the one kind of callee that works on every target.

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@global = global i64 0

; ROOTS: 1: i64 0x1122334455667788, ptr @global
define void @integers(i64 %a, ptr %b) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i64 %a, ptr %b)
  ret void
}

; ROOTS: 2: double 1.0e300, float -0.15625, double -0.0, float 16777215.0
define void @floats(double %a, float %b, double %c, float %d) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 2, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, double %a, float %b, double %c, float %d)
  ret void
}

; ROOTS: 3: i32 -1 in Constant, i64 65536 in Constant, ptr 0 in Constant, i64 0x123456789abcdef, i64 -4294967297 in ConstantIndex, i64 0x123456789abcdef
define void @constants() noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 3, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i32 -1, i64 65536, ptr null, i64 81985529216486895, i64 -4294967297, i64 81985529216486895)
  ret void
}

; Addresses of the frame, and what lies there.
; ROOTS: 4: ptr to i64 0x0fedcba987654321 in Direct, ptr to i32 77777 in Direct
define void @addresses(i64 %a, i32 %b) noinline {
  %first = alloca i64
  %second = alloca [9 x i32]
  store i64 %a, ptr %first
  store i32 %b, ptr %second
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 4, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, ptr %first, ptr %second)
  ret void
}

define i32 @main() {
  call void @integers(i64 1234605616436508552, ptr @global)
  call void @floats(double 1.0e300, float -0.15625, double -0.0, float 16777215.0)
  call void @constants()
  call void @addresses(i64 1147797409030816545, i32 77777)
  ret i32 0
}

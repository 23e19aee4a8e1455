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

; ROOTS: 3: i32 -1 in Constant, i64 65536 in Constant, ptr 0 in Constant, i64 0x123456789abcdef in ConstantIndex, i64 -4294967297 in ConstantIndex, i64 0x123456789abcdef in ConstantIndex
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

; More than there are registers: the rest is in the frame, or where the caller put its arguments.
; ROOTS: 5: i64 101, i64 102, i64 103, i64 104, i64 105, i64 106, i64 107, i64 108, i64 109, i64 110, i64 111, i64 112, i64 113, i64 114, i64 115, i64 116, i64 117, i64 118, i64 119, i64 120, i64 121, i64 122, i64 123, i64 124, i64 125, i64 126, i64 127, i64 128, i64 129, i64 130, i64 131, i64 132, i64 133, i64 134
define void @many(i64 %a0, i64 %a1, i64 %a2, i64 %a3, i64 %a4, i64 %a5, i64 %a6, i64 %a7, i64 %a8, i64 %a9, i64 %b0, i64 %b1, i64 %b2, i64 %b3, i64 %b4, i64 %b5, i64 %b6, i64 %b7, i64 %b8, i64 %b9, i64 %c0, i64 %c1, i64 %c2, i64 %c3, i64 %c4, i64 %c5, i64 %c6, i64 %c7, i64 %c8, i64 %c9, i64 %d0, i64 %d1, i64 %d2, i64 %d3) noinline {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 5, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i64 %a0, i64 %a1, i64 %a2, i64 %a3, i64 %a4, i64 %a5, i64 %a6, i64 %a7, i64 %a8, i64 %a9, i64 %b0, i64 %b1, i64 %b2, i64 %b3, i64 %b4, i64 %b5, i64 %b6, i64 %b7, i64 %b8, i64 %b9, i64 %c0, i64 %c1, i64 %c2, i64 %c3, i64 %c4, i64 %c5, i64 %c6, i64 %c7, i64 %c8, i64 %c9, i64 %d0, i64 %d1, i64 %d2, i64 %d3)
  ret void
}

define i32 @main() {
  call void @integers(i64 1234605616436508552, ptr @global)
  call void @floats(double 1.0e300, float -0.15625, double -0.0, float 16777215.0)
  call void @constants()
  call void @addresses(i64 1147797409030816545, i32 77777)
  call void @many(i64 101, i64 102, i64 103, i64 104, i64 105, i64 106, i64 107, i64 108, i64 109, i64 110, i64 111, i64 112, i64 113, i64 114, i64 115, i64 116, i64 117, i64 118, i64 119, i64 120, i64 121, i64 122, i64 123, i64 124, i64 125, i64 126, i64 127, i64 128, i64 129, i64 130, i64 131, i64 132, i64 133, i64 134)
  ret i32 0
}

; The program of the tests `roots-many.test`: more values than there are registers, all of them there at once. The
; callee is as in roots.ll.

declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)

@values = global [34 x i64] [i64 101, i64 102, i64 103, i64 104, i64 105, i64 106, i64 107, i64 108, i64 109, i64 110, i64 111, i64 112, i64 113, i64 114, i64 115, i64 116, i64 117, i64 118, i64 119, i64 120, i64 121, i64 122, i64 123, i64 124, i64 125, i64 126, i64 127, i64 128, i64 129, i64 130, i64 131, i64 132, i64 133, i64 134]

; ROOTS: 1: i64 101, i64 102, i64 103, i64 104, i64 105, i64 106, i64 107, i64 108, i64 109, i64 110, i64 111, i64 112, i64 113, i64 114, i64 115, i64 116, i64 117, i64 118, i64 119, i64 120, i64 121, i64 122, i64 123, i64 124, i64 125, i64 126, i64 127, i64 128, i64 129, i64 130, i64 131, i64 132, i64 133, i64 134
define void @many() noinline {
  %p0 = getelementptr i64, ptr @values, i64 0
  %v0 = load volatile i64, ptr %p0
  %p1 = getelementptr i64, ptr @values, i64 1
  %v1 = load volatile i64, ptr %p1
  %p2 = getelementptr i64, ptr @values, i64 2
  %v2 = load volatile i64, ptr %p2
  %p3 = getelementptr i64, ptr @values, i64 3
  %v3 = load volatile i64, ptr %p3
  %p4 = getelementptr i64, ptr @values, i64 4
  %v4 = load volatile i64, ptr %p4
  %p5 = getelementptr i64, ptr @values, i64 5
  %v5 = load volatile i64, ptr %p5
  %p6 = getelementptr i64, ptr @values, i64 6
  %v6 = load volatile i64, ptr %p6
  %p7 = getelementptr i64, ptr @values, i64 7
  %v7 = load volatile i64, ptr %p7
  %p8 = getelementptr i64, ptr @values, i64 8
  %v8 = load volatile i64, ptr %p8
  %p9 = getelementptr i64, ptr @values, i64 9
  %v9 = load volatile i64, ptr %p9
  %p10 = getelementptr i64, ptr @values, i64 10
  %v10 = load volatile i64, ptr %p10
  %p11 = getelementptr i64, ptr @values, i64 11
  %v11 = load volatile i64, ptr %p11
  %p12 = getelementptr i64, ptr @values, i64 12
  %v12 = load volatile i64, ptr %p12
  %p13 = getelementptr i64, ptr @values, i64 13
  %v13 = load volatile i64, ptr %p13
  %p14 = getelementptr i64, ptr @values, i64 14
  %v14 = load volatile i64, ptr %p14
  %p15 = getelementptr i64, ptr @values, i64 15
  %v15 = load volatile i64, ptr %p15
  %p16 = getelementptr i64, ptr @values, i64 16
  %v16 = load volatile i64, ptr %p16
  %p17 = getelementptr i64, ptr @values, i64 17
  %v17 = load volatile i64, ptr %p17
  %p18 = getelementptr i64, ptr @values, i64 18
  %v18 = load volatile i64, ptr %p18
  %p19 = getelementptr i64, ptr @values, i64 19
  %v19 = load volatile i64, ptr %p19
  %p20 = getelementptr i64, ptr @values, i64 20
  %v20 = load volatile i64, ptr %p20
  %p21 = getelementptr i64, ptr @values, i64 21
  %v21 = load volatile i64, ptr %p21
  %p22 = getelementptr i64, ptr @values, i64 22
  %v22 = load volatile i64, ptr %p22
  %p23 = getelementptr i64, ptr @values, i64 23
  %v23 = load volatile i64, ptr %p23
  %p24 = getelementptr i64, ptr @values, i64 24
  %v24 = load volatile i64, ptr %p24
  %p25 = getelementptr i64, ptr @values, i64 25
  %v25 = load volatile i64, ptr %p25
  %p26 = getelementptr i64, ptr @values, i64 26
  %v26 = load volatile i64, ptr %p26
  %p27 = getelementptr i64, ptr @values, i64 27
  %v27 = load volatile i64, ptr %p27
  %p28 = getelementptr i64, ptr @values, i64 28
  %v28 = load volatile i64, ptr %p28
  %p29 = getelementptr i64, ptr @values, i64 29
  %v29 = load volatile i64, ptr %p29
  %p30 = getelementptr i64, ptr @values, i64 30
  %v30 = load volatile i64, ptr %p30
  %p31 = getelementptr i64, ptr @values, i64 31
  %v31 = load volatile i64, ptr %p31
  %p32 = getelementptr i64, ptr @values, i64 32
  %v32 = load volatile i64, ptr %p32
  %p33 = getelementptr i64, ptr @values, i64 33
  %v33 = load volatile i64, ptr %p33
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 40, ptr inttoptr (i64 536870912 to ptr), i32 0, i64 %v0, i64 %v1, i64 %v2, i64 %v3, i64 %v4, i64 %v5, i64 %v6, i64 %v7, i64 %v8, i64 %v9, i64 %v10, i64 %v11, i64 %v12, i64 %v13, i64 %v14, i64 %v15, i64 %v16, i64 %v17, i64 %v18, i64 %v19, i64 %v20, i64 %v21, i64 %v22, i64 %v23, i64 %v24, i64 %v25, i64 %v26, i64 %v27, i64 %v28, i64 %v29, i64 %v30, i64 %v31, i64 %v32, i64 %v33)
  ret void
}

define i32 @main() {
  call void @many()
  ret i32 0
}

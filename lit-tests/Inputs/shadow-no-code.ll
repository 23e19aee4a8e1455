; Stack maps with shadows and, after them, what emits no code. For the tests `stackmap-shadow-no-code.ll`.

declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.dbg.value(metadata, metadata, metadata)

define void @barriers() nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 12)
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect "", "~{memory}"()
  call void asm sideeffect ".set a_symbol, 0", "~{memory}"()
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  ret void
}

; The instructions after a barrier count.
define void @behind_barrier(i64 %a, ptr %p) nounwind {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 16)
  store volatile i64 %a, ptr %p
  call void asm sideeffect "", "~{memory}"()
  store volatile i64 %a, ptr %p
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 4, i32 0)
  ret void
}

; A debug value in between does not end the shadow.
define void @debug_value(i64 %a, ptr %p) nounwind !dbg !5 {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 5, i32 4), !dbg !9
  call void @llvm.dbg.value(metadata i64 7, metadata !8, metadata !DIExpression()), !dbg !9
  store volatile i64 %a, ptr %p, !dbg !9
  ret void, !dbg !9
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}

!0 = distinct !DICompileUnit(language: DW_LANG_C99, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "a.c", directory: "/")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !DIBasicType(name: "long", size: 64, encoding: DW_ATE_signed)
!4 = !DISubroutineType(types: !6)
!5 = distinct !DISubprogram(name: "debug_value", file: !1, line: 1, type: !4, unit: !0)
!6 = !{null, !3}
!8 = !DILocalVariable(name: "a", scope: !5, file: !1, line: 1, type: !3)
!9 = !DILocation(line: 1, scope: !5)

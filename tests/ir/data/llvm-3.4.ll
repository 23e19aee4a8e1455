%S = type { i32, i8* }
@a = linker_private global i32 1
@b = alias weak i32* @a
@s = internal hidden constant [4 x i8] c"abc\00"
declare i32 @printf(i8*, ...)
declare void @take(%S* byval align 8)
declare void @ret(%S* noalias sret)
declare i32 @pers(...)
define i32 @f(i32** %p, <2 x i32*> %v, %S* byval %x) nounwind {
entry:
  %q = load i32** %p, align 8
  %r = load volatile i32* %q
  %g = getelementptr inbounds %S* %x, i32 0, i32 1
  %h = getelementptr <2 x i32*> %v, <2 x i32> <i32 1, i32 2>
  %c = call i32 (i8*, ...)* @printf(i8* getelementptr inbounds ([4 x i8]* @s, i32 0, i32 0), i32 %r)
  %x1 = cmpxchg i32* %q, i32 0, i32 1 seq_cst
  store i32 %x1, i32* getelementptr ([2 x i32]* bitcast (i32* @a to [2 x i32]*), i64 0, i64 1)
  %i = invoke i32 (i8*, ...)* @printf(i8* null) to label %ok unwind label %bad
ok:
  call void @take(%S* byval align 8 %x)
  volatile store i32 1, i32* %q
  ret i32 %i
bad:
  %lp = landingpad { i8*, i32 } personality i8* bitcast (i32 (...)* @pers to i8*) cleanup
  ret i32 0
}
!0 = metadata !{metadata !"x", i32 1, metadata !1, null}
!1 = metadata !{}
!llvm.module.flags = !{!2}
!2 = metadata !{i32 1, metadata !"wchar_size", i32 4}

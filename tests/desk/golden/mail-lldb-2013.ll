; A report says that LLVM stops on this module: assertion: isa<X>(Val) && "cast<Ty>() argument of incompatible type!" (include/llvm/Support/Casting.h:232)
; Imported by `harness report import` from mail-lldb-2013.txt.
; REPORTED: an LLVM of unknown version
; CRASH: assertion: isa<X>(Val) && "cast<Ty>() argument of incompatible type!"
; CRASH-AT: include/llvm/Support/Casting.h:232
; CRASH-FUNCTION: cast
; CRASH-IN: llvm::cast<...>
; CRASH-IN: llvm::SDNode::getConstantOperandVal
; CRASH-IN: llvm::SelectionDAGBuilder::visitPatchpoint
; CRASH-IN: llvm::SelectionDAGBuilder::visitIntrinsicCall
; GUESSED: target: x86_64-apple-macosx: from the names of libraries
; GUESSED: command: llc: the report has no command; the trace is of the code generator
; GUESSED: version: 3.6 or before: from the syntax of the IR
; MISSING: version, command
; MADE UP: the function @imported around the instructions
; MADE UP: declarations of @f
; MADE UP: the IR's syntax: by llvm-as of N.N.N and llvm-dis of N.N.N
;
; REQUIRES: x86-registered-target
; RUN: llc -mtriple=x86_64-apple-macosx -o %t < %s

define i64 @imported() {
  %v5 = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 42, i32 0, ptr @f, i32 1, i32 0)
  ret i64 %v5
}
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i32 @f(i32)

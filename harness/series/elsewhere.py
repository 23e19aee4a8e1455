"""To which other project of llvm-project a path belongs that LLVM does not have (pure).

Patches for clang, lld and others often have paths that start in that project's folder. Such paths look like
LLVM's own (`lib/CodeGen/CGCall.cpp`) and are read as such; folders that only that project has give them away.
"""

from __future__ import annotations

import re

# By project, folders and files of LLVM 9 to 24 that LLVM itself does not have. None of the 67,184 files of
# LLVM 19 and the 76,401 of LLVM 22 is taken for another project's.
_FOLDERS = {
    "clang": """
        include/clang include/clang-c lib/APINotes lib/AST lib/ASTMatchers lib/Analysis/FlowSensitive
        lib/Analysis/Scalable lib/Basic lib/CIR lib/CodeGen/Targets lib/CrossTU lib/DependencyScanning
        lib/DirectoryWatcher lib/Driver lib/DynamicASTMatchers lib/Edit lib/ExtractAPI lib/Format
        lib/FrontendTool lib/Headers lib/Index lib/IndexSerialization lib/InstallAPI lib/Interpreter
        lib/Lex lib/Options lib/Parse lib/Rewrite lib/Sema lib/Serialization lib/StaticAnalyzer
        lib/Tooling test/AST test/ASTMerge test/Analysis/Inputs test/CIR test/CXX test/ClangScanDeps
        test/CodeGenCUDA test/CodeGenCXX test/CodeGenCoroutines test/CodeGenHIP test/CodeGenHLSL
        test/CodeGenObjC test/CodeGenObjCXX test/CodeGenOpenCL test/CodeGenSYCL test/Driver test/FixIt
        test/Format test/Headers test/Index test/Interpreter test/Lexer test/Misc test/Modules
        test/OpenMP test/PCH test/ParserHLSL test/Parser test/Preprocessor test/Profile test/Rewriter
        test/Sema test/SemaCUDA test/SemaCXX test/SemaHLSL test/SemaObjC test/SemaObjCXX test/SemaOpenCL
        test/SemaTemplate tools/c-index-test tools/clang tools/clang-format tools/clang-repl
        tools/clang-scan-deps tools/clang-shlib tools/driver tools/libclang tools/scan-build
        unittests/AST unittests/ASTMatchers unittests/Basic unittests/Driver unittests/Format
        unittests/Lex unittests/Sema unittests/StaticAnalyzer unittests/Tooling
    """,
    "clang-tools-extra": """
        clang-apply-replacements clang-doc clang-include-fixer clang-query clang-tidy clangd
    """,
    "lld": """
        COFF ELF MachO MinGW Common wasm include/lld tools/lld test/COFF test/ELF test/MachO test/wasm
    """,
    "lldb": """
        include/lldb source packages/Python tools/debugserver tools/lldb-dap tools/lldb-server
        tools/driver/Driver.cpp test/API test/Shell
    """,
    "mlir": """
        include/mlir include/mlir-c lib/AsmParser/AsmParserImpl.h lib/CAPI lib/Conversion lib/Dialect
        lib/ExecutionEngine/CRunnerUtils.cpp lib/Interfaces lib/Parser lib/Pass lib/Query lib/Reducer
        lib/Rewrite lib/Tools test/Conversion test/Dialect test/mlir-opt test/mlir-tblgen tools/mlir-opt
        tools/mlir-tblgen
    """,
    "flang": """
        include/flang lib/Evaluate lib/Lower lib/Optimizer lib/Semantics test/Evaluate test/Fir
        test/HLFIR test/Lower test/Semantics tools/bbc tools/flang-driver
    """,
    "polly": """
        include/polly lib/External lib/Analysis/ScopBuilder.cpp lib/Analysis/ScopInfo.cpp test/ScopInfo
    """,
    "bolt": """
        include/bolt lib/Core lib/Profile lib/Rewrite/RewriteInstance.cpp tools/driver/llvm-bolt.cpp
    """,
    "compiler-rt": """
        include/sanitizer include/xray include/profile lib/asan lib/builtins lib/cfi lib/fuzzer
        lib/gwp_asan lib/hwasan lib/interception lib/lsan lib/memprof lib/msan lib/orc lib/profile
        lib/rtsan lib/safestack lib/sanitizer_common lib/scudo lib/stats lib/tsan lib/ubsan
        lib/ubsan_minimal lib/xray projects/compiler-rt test/asan test/builtins test/msan test/profile
        test/sanitizer_common test/tsan test/ubsan
    """,
    "libcxx": """
        include/__algorithm include/__memory include/__ranges include/__vector test/std test/libcxx
    """,
    "openmp": "runtime/src runtime/test",
}
# The projects' own folder in an LLVM of the time of Subversion: llvm/tools/clang.
_NESTED = re.compile(r"^(?:tools|projects)/(clang|lld|lldb|polly|compiler-rt|libcxx|libcxxabi|openmp)/")
# clang's files in folders that LLVM has too, by their names.
_OF_CLANG = re.compile(
    r"^lib/CodeGen/(?:CG|CodeGen(?:ABI|Action|Function|Module|PGO|TBAA|Types)|BackendUtil|Itanium|MicrosoftCXXABI"
    r"|ModuleBuilder|ObjectFilePCH|SanitizerMetadata|SwiftCallingConv|TargetInfo|ABIInfo|ConstantInit|Coverage"
    r"|EHScopeStack|Address|VarBypass)"
    r"|^lib/Frontend/[A-Z]\w*\.(?:cpp|h)$"
    r"|^lib/Analysis/(?:AnalysisDeclContext|BodyFarm|CFGReachability|CFGStmtMap|CalledOnceCheck|CloneDetection"
    r"|CodeInjector|Consumed|ExprMutationAnalyzer|LiveVariables|ObjCNoReturn|PathDiagnostic"
    r"|PostOrderCFGView|ProgramPoint|ReachableCode|RetainSummaryManager|ThreadSafety\w*|UninitializedValues"
    r"|UnsafeBufferUsage)\.(?:cpp|h)$"
    r"|^test/(?:Analysis|CodeGen|CoverageMapping|Frontend)/[^/]+\.(?:c|cpp|m|mm|cl|cu|hlsl|cppm)$"
)


def project_of(path: str) -> str:
    """The project that a path without `llvm/` belongs to (`clang`); empty if it is LLVM or unknown."""
    if nested := _NESTED.search(path):
        return nested[1]
    for project, folders in _FOLDERS.items():
        if any(path == folder or path.startswith(f"{folder}/") for folder in folders.split()):
            return project
    return "clang" if _OF_CLANG.match(path) else ""

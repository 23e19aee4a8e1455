"""How a program ended, in the words of debuggers, shells, systems and languages."""

from __future__ import annotations

import pytest

from harness.crash.text.ending import demangle, read_ending
from harness.crash.text.origin import Fact, find_target, find_version
from harness.model import CrashKind, Signature


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Segmentation fault (core dumped)", "SIGSEGV"),
        ("Exception Type:        EXC_BAD_ACCESS (SIGSEGV)", "SIGSEGV"),
        ("Exception Code: 0xC0000005", "SIGSEGV"),
        ("Unhandled exception at 0x00007FF6: Access violation reading location 0x0.", "SIGSEGV"),
        ("Illegal instruction", "SIGILL"),
        ("Exception Code: 0xC000001D", "SIGILL"),
        ("Bus error: 10", "SIGBUS"),
        ("Floating point exception", "SIGFPE"),
        ("Exception Code: 0x80000003", "SIGTRAP"),
        ("/bin/run: line 41:  5317 Aborted (core dumped)", "SIGABRT"),
        ("Abort trap: 6", "SIGABRT"),
        ("Killed", "SIGKILL"),
        ("Compiler returned: 139", "SIGSEGV"),
        ("script returned exit code 134", "SIGABRT"),
        ("clang: error: clang frontend command failed with exit code 139", "SIGSEGV"),
        ("died with signal 11", "SIGSEGV"),
        ("child terminated by signal 6", "SIGABRT"),
        ("process exited with -11", "SIGSEGV"),
    ],
)
def test_a_signal_by_any_name(text: str, name: str) -> None:
    assert read_ending([text]).signature == Signature(CrashKind.SIGNAL, name)


@pytest.mark.parametrize(
    "text",
    ["exit code 1", "returned 0", "signal processing", "it was aborted by the user", "code 139 of the law"],
)
def test_no_signal(text: str) -> None:
    assert read_ending([text]).signature is None


def test_a_time_out_is_a_limit() -> None:
    found = read_ending(
        ["error: command failed with exit status: -9", "error: reached timeout of 60 seconds"]
    )
    assert found.signature == Signature(CrashKind.LIMIT, "ran longer than 60 s")


@pytest.mark.parametrize(
    "lines",
    [
        ["stack backtrace:", "   0:     0x7f00aa12 - llvm::A::f(int)", "   1:     0x7f00aa34 - llvm::g()"],
        ["libLLVM.so.19.1(_ZN4llvm1A1fEi+0x12)[0x7f00]", "libLLVM.so.19.1(_ZN4llvm1gEv+0x1a) [0x7f01]"],
        ["signal (11): died", "_ZN4llvm1A1fEi at /x/libLLVM.so (unknown line)", "llvm::g() at /x/F.cpp:3"],
        [
            "0x00007FF6A1D0C8B6 (0x000000000000001A 0x00007F), llvm::A::f() + 0x1B6 bytes(s), F.cpp, line 3",
            "0x00007FF6A1D0C8C6 (0x000000000000001A), llvm::g() + 0x2 bytes(s)",
        ],
        [
            "00 000000c1`12345678 00007ff6`12345678 llc!llvm::A::f+0x12 [F.cpp @ 12]",
            "01 000000c1`12345690 00007ff6`12345690 llc!llvm::g+0x1",
        ],
        ["==12==    at 0x4C2F: llvm::A::f(int) (F.h:1)", "==12==    by 0x4C30: llvm::g() (in /x/libLLVM.so)"],
        [
            "  * frame #0: 0x00007ff8 libLLVM`llvm::A::f(this=0x1, N=4) + 71 at F.cpp:12:3",
            "    frame #1: 0x1234567 llc`llvm::g() + 3",
        ],
    ],
    ids=["rust", "backtrace", "julia", "windows", "windbg", "valgrind", "lldb"],
)  # fmt: skip
def test_a_trace(lines: list[str]) -> None:
    found = read_ending([*lines, "", "Segmentation fault"]).signature
    assert found is not None
    assert found.frames == ("llvm::A::f", "llvm::g")


@pytest.mark.parametrize(
    ("mangled", "name"),
    [
        ("_ZN4llvm1A1fEi", "llvm::A::f"),
        ("_ZNK4llvm5ValueD2Ev", "llvm::Value::~Value"),
        ("_ZN4llvm5ValueC1Ev", "llvm::Value::Value"),
        ("_ZN12_GLOBAL__N_11fEv", "(anonymous namespace)::f"),
        ("_ZN4llvm11SmallVectorIiLj8EE4growEm", "llvm::SmallVector<...>::grow"),
        ("__ZN4llvm1fEv", "llvm::f"),
        ("_ZNSt6vectorIiE4sizeEv", "std::vector<...>::size"),
        ("_Z1fv", "_Z1fv"),
        ("main", "main"),
        ("", ""),
        ("_ZN99f", "f"),
    ],
)
def test_a_mangled_name(mangled: str, name: str) -> None:
    assert demangle(mangled) == name


@pytest.mark.parametrize(
    ("line", "stage", "function", "optimizing"),
    [
        ("2. Running pass 'X86 DAG->DAG ISel' on function '@f'", "X86 DAG->DAG ISel", "f", False),
        ('1. Running pass "loop-vectorize<x;y>" on function "f"', "loop-vectorize<x;y>", "f", True),
        ("1. Running pass 'Function Pass Manager' on module 'a.ll'.", "Function Pass Manager", "", False),
        ("*** Dump of IR Before Last Pass LICMPass Started ***", "LICMPass", "", True),
        ("*** IR Dump Before SROAPass on f ***", "SROAPass", "", True),
        (" #3 0x12 llvm::SelectionDAGISel::Select(llvm::SDNode*)", "", "", False),
        (" #3 0x12 llvm::LICMPass::run(llvm::Loop&)", "", "", True),
    ],
)  # fmt: skip
def test_the_pass(line: str, stage: str, function: str, optimizing: bool) -> None:
    found = read_ending([line])
    assert (found.stage, found.function, found.optimizing) == (stage, function, optimizing)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("LLVM version 19.1.7", "19.1.7"),
        ("Debian clang version 14.0.6", "14.0.6"),
        ("LLVM version: 19.1.1", "19.1.1"),
        ("/usr/lib/libLLVM.so.19.1(+0x12)", "19.1"),
        ("/opt/clang-18.1.0/bin/clang", "18.1.0"),
        ("since LLVM 6.0; /usr/lib/llvm-7/bin/llc", "7"),
        ("since LLVM 6.0, of LLVM 7.0.1; /usr/lib/llvm-7/bin/llc", "7.0.1"),
        ("llc-16 -O0", "16"),
        ("llvm 3.4svn", "3.4svn"),
        ("clang trunk crashes", "trunk"),
        ("llvmlite 0.44.0", "15.0.7"),
        ("version 5.4 of something", ""),
    ],
)
def test_the_version(text: str, version: str) -> None:
    assert find_version([text]).value == version


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ('target triple = "riscv64-unknown-linux-gnu"', Fact("riscv64-unknown-linux-gnu", "target triple")),
        ("llc -mtriple arm64-apple-ios x.ll", Fact("arm64-apple-ios", "-mtriple")),
        ("clang --target=s390x-linux-gnu", Fact("s390x-linux-gnu", "--target")),
        ("Target: x86_64-pc-windows-msvc", Fact("x86_64-pc-windows-msvc", "Target:")),
        ("on aarch64-linux-gnu it dies", Fact("aarch64-linux-gnu", "the text")),
        ("llc -march=x86-64 x.ll", Fact("x86_64-unknown-linux-gnu", "-march", guessed=True)),
        (
            "#1 0x12 llvm::RISCVTargetLowering::f()",
            Fact("riscv64-unknown-linux-gnu", "the names of functions", guessed=True),
        ),
        ("frame #1: libLLVM.dylib`f", Fact("x86_64-apple-macosx", "the names of libraries", guessed=True)),
        ("/home/arm-linux/x", Fact("", "")),
        ("nothing", Fact("", "")),
    ],
)  # fmt: skip
def test_the_target(text: str, target: Fact) -> None:
    assert find_target([text]) == target

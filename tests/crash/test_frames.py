"""Names from demangled symbols, and which lines are frames."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.crash.frames import frames, function_name


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("main", "main"),
        ("llvm::MachineOperand::getImm() const", "llvm::MachineOperand::getImm"),
        ("void llvm::f<int, llvm::g<8u> >(int) const", "llvm::f<...>"),
        ("llvm::SmallVector<llvm::A, 8u>::push_back(llvm::A&&)", "llvm::SmallVector<...>::push_back"),
        (
            "virtual llvm::SDValue llvm::X86TargetLowering::LowerCall(int&) const",
            "llvm::X86TargetLowering::LowerCall",
        ),
        ("(anonymous namespace)::Pass::run(llvm::Function&)", "(anonymous namespace)::Pass::run"),
        ("int64_t {anonymous}::E::get(int) const", "(anonymous namespace)::E::get"),
        ("void (anonymous namespace)::f<(llvm::K)3>(int)", "(anonymous namespace)::f<...>"),
        ("llvm::A::operator()(int) const", "llvm::A::operator()"),
        ("bool llvm::operator<(llvm::A, llvm::A)", "llvm::operator<"),
        ("llvm::raw_ostream& llvm::operator<<<int>(int)", "llvm::operator<<<...>"),
        ("llvm::A::operator->() const", "llvm::A::operator->"),
        ("operator new(unsigned long)", "operator new"),
        ("llvm::A::operator bool() const", "llvm::A::operator bool"),
        ("llvm::f(int)::{lambda(int)#1}::operator()(int) const", "llvm::f::{lambda}::operator()"),
        ("llvm::f(int)::$_0::operator()(int) const", "llvm::f::$_0::operator()"),
        ("void f(std::function<int (int)>, int (*)(int))", "f"),
        ("f(int) (.cold)", "f"),
        ("f(int) [clone .isra.0]", "f"),
        ("llvm::X<(a > b)>::f()", "llvm::X<...>::f"),
        ("decltype(auto) llvm::dyn_cast<llvm::A, llvm::B>(llvm::B*)", "llvm::dyn_cast<...>"),
        ("decltype (auto) llvm::f<int>(int)", "llvm::f<...>"),
        ("decltype(R.begin()) llvm::adl_begin<int>(int&)", "llvm::adl_begin<...>"),
        ("decltype(auto) (anonymous namespace)::f(int)", "(anonymous namespace)::f"),
        ("llvm::decltype_of(int)", "llvm::decltype_of"),
        ("llvm::X::f<int", "llvm::X::f<...>"),
        ("", ""),
        ("(int)", ""),
    ],
)
def test_function_name(symbol: str, name: str) -> None:
    assert function_name(symbol) == name


@settings(deadline=None)
@given(st.text(alphabet="ab:<>(){}[]-> operatr&*~,$", max_size=60))
def test_any_symbol_gives_a_name_without_outer_blanks(symbol: str) -> None:
    name = function_name(symbol)
    assert name == name.strip()


def test_the_dying_itself_is_left_out() -> None:
    trace = [
        " #0 0x0000000000000001 llvm::sys::PrintStackTrace(llvm::raw_ostream&, int) (/usr/bin/llc+0x1)",
        " #1 0x0000000000000002 llvm::sys::RunSignalHandlers() Signals.cpp:0:0",
        " #2 0x0000000000000003 SignalHandler(int) (/usr/bin/llc+0x3)",
        " #3 0x0000000000000004 __restore_rt (/lib/libc.so.6+0x4)",
        " #4 0x0000000000000005 gsignal (/lib/libc.so.6+0x5)",
        " #5 0x0000000000000006 abort (/lib/libc.so.6+0x6)",
        " #6 0x0000000000000007 __assert_fail_base.cold ./assert/assert.c:1:1",
        " #7 0x0000000000000008 __assert_fail (/lib/libc.so.6+0x8)",
        " #8 0x0000000000000009 (anonymous namespace)::Pass::run(int) /src/lib/Pass.cpp:9:1",
        " #9 0x000000000000000a llvm::f() at /src/lib/F.cpp:9",
        "#10 0x000000000000000b __libc_start_main@@GLIBC_2.34 ./csu/libc-start.c:3:5",
    ]
    assert frames(trace) == ("(anonymous namespace)::Pass::run", "llvm::f")


def test_a_second_trace_is_another_process() -> None:
    one = " #0 0x0000000000000001 llvm::f() (/usr/bin/llc+0x1)"
    assert frames([one, one]) == ("llvm::f",)


@pytest.mark.parametrize(
    "line",
    [
        "0.\tProgram arguments: llc",
        "12: movq 0x1234(%rax), %rbx",
        "#include <x>",
        "1 2 3",
        "# 0x1",
        "#1 0xzz f()",
    ],
)
def test_lines_that_are_no_frames(line: str) -> None:
    assert frames([line]) == ()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("#6  0x0000555555555208 in llvm::f (this=0x7ff0, N=<optimized out>) at F.cpp:13", "llvm::f"),
        ("#6  llvm::f<int> (V=std::vector of length 3 = {...}, N=1) at ../lib/F.cpp:13", "llvm::f<...>"),
        (
            "#6  0x0000555555555283 in (anonymous namespace)::P::run (S=...) at F.cpp:19",
            "(anonymous namespace)::P::run",
        ),
        ("#6  0x00007ffff7a44472 in llvm::f () from /usr/lib/libLLVM.so.19.1", "llvm::f"),
        (
            "#6  0x00005 in llvm::f(int)::{lambda(int)#1}::operator()(int) const (X=1) at F.cpp:3",
            "llvm::f::{lambda}::operator()",
        ),
        ("    #0 0x560e9cdac3b4 in llvm::f(std::vector<int>&, int) /src/lib/F.cpp:11:3", "llvm::f"),
        ("    #0 0x560e9cdac3b4 in llvm::f(int) (/usr/bin/llc+0x21e0) (BuildId: 12ab)", "llvm::f"),
        ("    #0 0x560e9cdac3b4  (/usr/bin/llc+0x21e0)", ""),
        ("  * frame #0: 0x00007f libLLVM.so`llvm::f(this=0x1, N=4) + 71 at F.cpp:12:3 [opt]", "llvm::f"),
        ("    frame #2: 0x00007f libLLVM.so`llvm::g(int) [inlined] llvm::f(int) at F.cpp:12:3", "llvm::f"),
        ("#4  0x00007ffff7c9d919 in ?? () from /usr/lib/libstdc++.so.6", ""),
        ("#4  <signal handler called>", ""),
        ("    #1 0x7fd0f60ba038 in __interceptor_memcpy (/usr/bin/llc+0x1)", ""),
        ("    #1 0x7fd0f60ba038 in __asan::ReportGenericError(unsigned long) asan.cpp:1:2", ""),
    ],
)
def test_frames_of_debuggers_and_sanitizers(line: str, name: str) -> None:
    assert frames([line]) == ((name,) if name else ())


def test_a_frame_without_a_name_ends_no_trace() -> None:
    trace = [
        "#0  0x1 in raise () from /lib/libc.so.6",
        "#1  <signal handler called>",
        "#2  0x2 in ?? () from /usr/lib/libLLVM.so",
        "#3  llvm::f (N=1) at F.cpp:2",
    ]
    assert frames(trace) == ("llvm::f",)

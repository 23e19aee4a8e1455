"""Names out of demangled symbols, and which lines are frames at all."""

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

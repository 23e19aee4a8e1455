"""At which instruction a program died, read from its trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.crash.address import died_at
from harness.crash.signature import signature

HANDLER = [
    " #0 0x00007f01 llvm::sys::PrintStackTrace(llvm::raw_ostream&, int) (/usr/lib/libLLVM.so.19.1+0xeb73c6)",
    " #1 0x00007f02 (/usr/lib/libLLVM.so.19.1+0xeb7a8b)",
    " #2 0x00007f03 (/lib/x86_64-linux-gnu/libc.so.6+0x3c050)",
]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ([" #3 0x00007f04 (/usr/lib/libLLVM.so.19.1+0x3b075ce)"], "libLLVM.so.19.1+0x3b075ce"),
        ([" #3 0x00007f04 llvm::f(int) (/usr/lib/libLLVM.so.19.1+0x7)"], "libLLVM.so.19.1+0x7"),
        ([" #3 0x00007f04 llvm::f(int) (/build/bin/llc+0x7) (BuildId: 12ab)"], "llc+0x7"),
        # Copying memory for somebody.
        ([" #3 0x00007f04 (/lib/libc.so.6+0x99)", " #4 0x00007f05 f(int) (/bin/llc+0x7)"], "llc+0x7"),
        # libc has line tables, and no offsets then.
        ([" #3 0x00007f04 raise ./raise.c:27:6", " #4 0x00007f05 f(int) (/bin/llc+0x7)"], "llc+0x7"),
        ([" #3 0x00007f04 llvm::f(int) F.cpp:0:0"], ""),
        # Another trace.
        ([" #0 0x00007f04 llvm::f(int) (/build/bin/llc+0x7)"], ""),
        ([], ""),
    ],
)
def test_it_is_the_first_frame_below_the_handler(rest: list[str], expected: str) -> None:
    assert died_at([*HANDLER, *rest]) == expected


def test_a_trace_without_a_handler_does_not_say() -> None:
    assert died_at([" #0 0x00007f01 f(int) (/build/bin/llc+0x7)"]) == ""


def test_musl_and_macos_return_by_name() -> None:
    frames = [" #0 0x1 g (/bin/llc+0x1)", " #1 0x2 __restore_rt (/x+0x2)", " #2 0x3 f (/bin/llc+0x3)"]
    assert died_at(frames) == "llc+0x3"


def test_only_a_signal_has_one() -> None:
    text = "\n".join([*HANDLER, " #3 0x00007f04 (/bin/llc+0x7)"])
    died = signature(text, -11)
    failed = signature("llc: A.cpp:1: void f(): Assertion `x' failed.\n" + text, -6)
    assert died is not None
    assert failed is not None
    assert (died.address, failed.address) == ("llc+0x7", "")


@given(st.lists(st.sampled_from(HANDLER) | st.text(max_size=80), max_size=12))
def test_any_text_is_read(lines: list[str]) -> None:
    assert isinstance(died_at(lines), str)

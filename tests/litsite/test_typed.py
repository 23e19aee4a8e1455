"""The suite's IR in the syntax of LLVM 13: typed pointers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.authoring import lint
from harness.litsite import typed
from harness.process import run

SUITE = Path(__file__).parents[2] / "lit-tests"
HEAD = """\
@table = external global [16 x i8]
@slot = global ptr @callee
@other = alias void (), ptr @callee
@chosen = ifunc void (), ptr @resolver
declare void @callee()
declare i32 @pair({ i64, i32 }, <4 x float>, ...)
define ptr @resolver() {
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("; a comment says ptr @callee", "; a comment says ptr @callee"),
        (
            "declare void @f(ptr, ptr addrspace(1), [2 x ptr])",
            "declare void @f(i8*, i8 addrspace(1)*, [2 x i8*])",
        ),
        ("define void @g(ptr %pointer) {", "define void @g(i8* %pointer) {"),
        ("  call void @callee()", "  call void @callee()"),
        ("  call void @f(ptr @callee)", "  call void @f(i8* bitcast (void ()* @callee to i8*))"),
        (
            "  call void @f(ptr @pair)",
            "  call void @f(i8* bitcast (i32 ({ i64, i32 }, <4 x float>, ...)* @pair to i8*))",
        ),
        ("  call void @f(ptr @resolver)", "  call void @f(i8* bitcast (i8* ()* @resolver to i8*))"),
        (
            "  call void @f(ptr dso_local_equivalent @callee)",
            "  call void @f(i8* bitcast (void ()* dso_local_equivalent @callee to i8*))",
        ),
        (
            "  %p = phi ptr [ %a, %x ], [ @callee, %y ]",
            "  %p = phi i8* [ %a, %x ], [ bitcast (void ()* @callee to i8*), %y ]",
        ),
        (
            "  ret ptr getelementptr (i8, ptr @table, i64 8)",
            "  ret i8* getelementptr (i8, i8* bitcast ([16 x i8]* @table to i8*), i64 8)",
        ),
        (
            "  %x = alloca [8 x i8], align 64",
            "  %x.typed = alloca [8 x i8], align 64\n  %x = bitcast [8 x i8]* %x.typed to i8*",
        ),
        (
            "  store volatile { i64, i64 } %v, ptr %p, align 8",
            "  %typed.7 = bitcast i8* %p to { i64, i64 }*\n"
            "  store volatile { i64, i64 } %v, { i64, i64 }* %typed.7, align 8",
        ),
        (
            "  %v = load ptr, ptr @slot",
            "  %typed.7 = bitcast i8* bitcast (i8** @slot to i8*) to i8**\n  %v = load i8*, i8** %typed.7",
        ),
    ],
)
def test_a_line(line: str, expected: str) -> None:
    text = typed.rewrite(HEAD + line)
    assert text.removeprefix(typed.rewrite(HEAD)) == expected


def test_symbols_that_stand_for_symbols() -> None:
    assert typed.rewrite(HEAD).splitlines()[1:4] == [
        "@slot = global i8* bitcast (void ()* @callee to i8*)",
        "@other = alias void (), void ()* @callee",
        "@chosen = ifunc void (), i8* ()* @resolver",
    ]


def test_no_pointer_of_the_suite_is_left_opaque() -> None:
    for path in lint.tests_below(SUITE):
        for line in typed.rewrite(path.read_text()).splitlines():
            assert line.startswith(";") or " ptr " not in line, f"{path.name}: {line}"


def test_the_program_replaces_itself_by_its_argument(tmp_path: Path) -> None:
    source = tmp_path / "a.ll"
    source.write_text("declare ptr @f()\n")
    command = [sys.executable, "-IS", typed.__file__, "cat", "-", str(source)]
    done = run(command, stdin=b"declare void @g(ptr)\n")
    assert done.ok, done.text
    assert done.stdout == b"declare void @g(i8*)\ndeclare i8* @f()\n"


def test_the_program_dies_at_its_limits_as_it_would_without_us() -> None:
    """Python ignores SIGXFSZ (25) and SIGPIPE (13); an llc that did would write until its time is up."""
    argv = [sys.executable, "-IS", typed.__file__, "grep", "SigIgn", "/proc/self/status"]
    ignored = int(run(argv).stdout.split()[1], 16)
    assert ignored & (1 << 24 | 1 << 12) == 0

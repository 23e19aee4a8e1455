"""What `harness repro` makes of its input."""

from __future__ import annotations

import pytest

from harness.crash.text.invocation import Invocation
from harness.desk.given import read_command, read_given, translate_given
from harness.errors import UsageError
from harness.llvm import Toolchain

IR = b"define void @f() {\n  ret void\n}\n"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("llc", [("llc",)]),
        ("llc -O0 -mtriple=x86_64 %s -o -", [("llc", "-O0", "-mtriple=x86_64", "%s")]),
        ("llc < %s", [("llc", "%s")]),
        ("opt -passes='a<b>,c' %s -o - | llc -o x.o", [("opt", "-passes=a<b>,c", "%s"), ("llc",)]),
        ("llc - -filetype=obj", [("llc", "-filetype=obj")]),
    ],
)
def test_a_command_is_read_as_a_shell_would(text: str, steps: list[tuple[str, ...]]) -> None:
    assert read_command(text) == tuple(Invocation(tool, tuple(rest)) for tool, *rest in steps)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "--run : nothing is no tool of LLVM\nnext: begin with a plain name, such as llc",
        ),
        (
            "/bin/sh -c x",
            "--run /bin/sh -c x: /bin/sh is no tool of LLVM\nnext: begin with a plain name, such as llc",
        ),
        (
            "llc | | opt",
            "--run llc | | opt: nothing is no tool of LLVM\nnext: begin with a plain name, such as llc",
        ),
        (
            "llc; rm x",
            "--run llc; rm x: `;` is for a shell, and none runs it\n"
            "next: name LLVM's tools with their options, joined by |",
        ),
        (
            "llc > x",
            "--run llc > x: `>` is for a shell, and none runs it\n"
            "next: name LLVM's tools with their options, joined by |",
        ),
        ("llc 'x", "--run llc 'x: No closing quotation\nnext: close the quotation"),
    ],
)
def test_what_only_a_shell_does_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_command(text)
    assert str(caught.value) == message


def test_a_file_without_a_command_goes_through_llc() -> None:
    given = read_given("/x/a.ll", IR)
    assert (given.case.name, given.case.text, given.case.steps) == ("a.ll", IR, (Invocation("llc"),))
    assert given.remarks == ("no command in it: llc; --run gives another one",)
    assert read_given("a.ll", IR, "llc -O0").case.command == "llc -O0 < %s"


def test_a_lit_test_brings_its_command() -> None:
    text = b"; RUN: not --crash llc -O0 -mtriple=x86_64 %s 2>&1 | FileCheck %s\n" + IR
    given = read_given("a.ll", text)
    assert given.case.command == "llc -O0 -mtriple=x86_64 < %s"
    assert given.remarks == ()
    plugin = b"; RUN: llc -load=/x/y.so -O0 < %s\n" + IR
    assert read_given("a.ll", plugin).case.command == "llc -O0 < %s"
    assert read_given("a.ll", plugin).remarks == ("-load=/x/y.so of llc is left out: --run may have it",)


def test_a_report_brings_command_and_crash() -> None:
    report = (
        b"It crashes:\n\n$ llc -O0 a.ll\n"
        b"llc: lib/A.cpp:3: void f(): Assertion `n > 0' failed.\n\n```\n" + IR + b"```\n"
    )
    given = read_given("-", report)
    assert given.case.command == "llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s"
    assert given.case.expected is not None
    assert given.case.expected.message == "n > 0"
    assert b"@f()" in given.case.text


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.ll", b" \n", "a.ll: is empty\nnext: give IR, a lit test or a report"),
        (
            "mail.txt",
            b"It crashes.\n",
            "mail.txt: there is no IR in it\nnext: give the IR in a file of its own, with --run",
        ),
    ],
)
def test_nothing_to_run_is_told(name: str, data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_given(name, data)
    assert str(caught.value) == message


def test_a_fragment_of_a_report_is_completed() -> None:
    given = read_given("-", b"It dies on\n\n  %5 = call i32 @f(i32 7)\n\nLLVM ERROR: no way\n")
    assert given.case.text == (
        b"define i32 @imported() {\n  %v5 = call i32 @f(i32 7)\n  ret i32 %v5\n}\ndeclare i32 @f(i32)\n"
    )
    assert given.remarks[-2:] == (
        "made up: the function @imported around the instructions",
        "made up: declarations of @f",
    )


def test_old_ir_that_nothing_can_translate_stays_and_is_said() -> None:
    given = read_given("-", b"define void @f(i8* %p) {\n  ret void\n}\n")
    none = Toolchain("nothing", "19.1.7", {}, "", "")
    after = translate_given(given, none, lambda: none)
    assert after.case == given.case
    assert after.remarks == (*given.remarks, "old IR: nothing has no llvm-as")

"""What `harness repro` makes of its input."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.crash.text.invocation import Invocation
from harness.desk.importing.case import read_case
from harness.desk.importing.job import import_report, read_report
from harness.desk.importing.runnable import make_runnable
from harness.desk.importing.translate import read_with_llvm
from harness.desk.repro.given import Given, read_command, read_file, take_report
from harness.errors import EnvironmentLacksError, UsageError
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
    given = read_file("/x/a.ll", IR)
    assert (given.case.name, given.case.text, given.case.steps) == ("a.ll", IR, (Invocation("llc"),))
    assert given.remarks == ("no command in it: llc; --run gives another one",)
    assert read_file("a.ll", IR, "llc -O0").case.command == "llc -O0 < %s"


def test_a_lit_test_brings_its_command() -> None:
    text = b"; RUN: not --crash llc -O0 -mtriple=x86_64 %s 2>&1 | FileCheck %s\n" + IR
    given = read_file("a.ll", text)
    assert given.case.command == "llc -O0 -mtriple=x86_64 < %s"
    assert given.remarks == ()
    plugin = b"; RUN: llc -load=/x/y.so -O0 < %s\n" + IR
    assert read_file("a.ll", plugin).case.command == "llc -O0 < %s"
    assert read_file("a.ll", plugin).remarks == ("-load=/x/y.so of llc is left out: --run may have it",)


REPORT = (
    "It crashes:\n\n$ llc -O0 a.ll\n"
    "llc: lib/A.cpp:3: void f(): Assertion `n > 0' failed.\n\n```\n" + IR.decode() + "```\n"
)
# The wheel's LLVM has no llvm-as: nothing is run.
WHEEL = Toolchain("wheel", "22.1.0", {}, "made up", "wheel")


def imported(text: str, command: str | None = None) -> Given:
    whole = make_runnable(read_case(text))
    return take_report("a mail.txt", whole, read_with_llvm(whole.ir, WHEEL, _none), command)


def _none() -> Toolchain:
    raise EnvironmentLacksError("no LLVM 14", "fetch it")


def test_a_report_brings_command_and_crash() -> None:
    given = imported(REPORT)
    assert (given.case.name, given.case.command) == (
        "a-mail.ll",
        "llc -mtriple=x86_64-unknown-linux-gnu -O0 < %s",
    )
    assert given.case.expected is not None
    assert given.case.expected.message == "n > 0"
    assert given.case.text == IR
    assert given.remarks == (
        "guessed target: x86_64-unknown-linux-gnu: the report names none",
        "it is not known whether LLVM reads the IR: wheel has no llvm-as",
    )
    assert imported(REPORT, "opt -O1 | llc").case.command == "opt -O1 < %s | llc"


def test_the_target_is_given_to_the_tool_unless_it_is_known() -> None:
    text = REPORT.replace("```\ndefine", '```\ntarget triple = "aarch64-linux"\ndefine')
    assert imported(text).case.command == "llc -O0 < %s"
    assert imported(REPORT.replace("-O0", "-mtriple=riscv64")).case.command == "llc -mtriple=riscv64 < %s"


def test_a_test_that_was_imported_brings_its_crash(tmp_path: Path) -> None:
    made = import_report(read_report(REPORT, "a.txt"), "a.txt", WHEEL, _none)
    case = read_file("a.ll", made.test.encode()).case
    assert case.expected == imported(REPORT).case.expected
    assert case.command.startswith("llc -mtriple=x86_64-unknown-linux-gnu -O0")
    # Elsewhere such words are what a test looks for.
    checks = b"; CHECK: Assertion `n > 0' failed\n" + IR
    assert read_file("a.ll", checks).case.expected is None


def test_nothing_to_run_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        read_file("a.ll", b" \n")
    assert str(caught.value) == "a.ll: is empty\nnext: give IR, a lit test or a report"


def test_a_fragment_of_a_report_is_completed() -> None:
    given = imported("It dies on\n\n  %5 = call i32 @f(i32 7)\n\nLLVM ERROR: no way\n")
    assert given.case.text == (
        b"define i32 @imported() {\n  %v5 = call i32 @f(i32 7)\n  ret i32 %v5\n}\ndeclare i32 @f(i32)\n"
    )
    assert given.remarks[-3:-1] == (
        "made up the function @imported around the instructions",
        "made up declarations of @f",
    )

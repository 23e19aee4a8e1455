"""A report as a lit test, without an LLVM to read it."""

from __future__ import annotations

import os
import re
from typing import NoReturn

import lit.TestRunner
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.authoring.lint import lint
from harness.desk.importing.job import ImportedReport, import_report, read_report
from harness.desk.importing.lit_test import disarm
from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Toolchain
from tests.desk.reports import REPORTS, Report

NONE = Toolchain("nothing", "19.1.7", {}, "", "")
# Sections that say where the test comes from, and differ when it is imported again.
ORIGIN = re.compile(r"^; (?:Imported by|GUESSED|MISSING|MADE UP|REPORTED)")


def no_old_llvm() -> NoReturn:
    raise EnvironmentLacksError("nothing to translate with", "fetch it")


def imported(text: str, module: int = 0) -> ImportedReport:
    return import_report(read_report(text, "report.txt", module), "report.txt", NONE, no_old_llvm)


def runs(test: str) -> list[str]:
    return [line for line in test.split("\n") if "RUN:" in line]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_linter_accepts_the_test_of_a_report(report: Report) -> None:
    made = imported(report.text)
    assert lint(made.test) == []
    assert len(runs(made.test)) == 1
    assert made.exit_code == 0
    assert made.reading.unchecked == "nothing has no llvm-as"


def told(made: ImportedReport) -> tuple[object, ...]:
    """All that a signature has, which compare by less, and of the frames those that a test names."""
    found = made.case.signature
    assert found is not None
    place = (found.location, found.frames[:8], found.function, found.stage, found.target)
    return (found.kind, found.message, *place)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_test_that_is_imported_again_stays_as_it_is(report: Report) -> None:
    once = imported(report.text)
    again = imported(once.test)
    kept = [
        [line for line in one.test.split("\n") if line and not ORIGIN.match(line)] for one in (once, again)
    ]
    assert kept[0] == kept[1]
    assert told(again) == told(once)
    if not once.case.version.guessed:
        assert again.case.version.value == once.case.version.value


IR = "define void @f(i8 %x) {\n  ret void\n}\n"


def test_a_pipe_stays_a_pipe() -> None:
    made = imported(f"$ opt -passes='default<O2>' < a.ll | llc -mtriple=riscv64 -o - | less\n{IR}")
    assert runs(made.test) == [
        "; RUN: opt -mtriple=riscv64 '-passes=default<O2>' -o - < %s | llc -mtriple=riscv64 -o %t"
    ]
    assert "; REQUIRES: riscv-registered-target\n; REQUIRES: opt\n" in made.test


def test_what_may_not_run_is_left_out_and_said() -> None:
    made = imported(f"$ llc -O1 -load=./evil.so -mcpu=`id` -mattr=+a --filetype=obj x.ll; rm -rf /\n{IR}")
    assert runs(made.test) == [
        "; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O1 -mattr=+a -filetype=obj -o %t < %s"
    ]
    assert "; GUESSED: option: -load=./evil.so of llc is left out: a test may not have it" in made.test
    assert "; GUESSED: option: -mcpu=`id` of llc is left out: a test may not have it" in made.test


@pytest.mark.parametrize(
    "armed",
    [
        '@s = constant [9 x i8] c"RUN: id\\00"',
        "define void @f() {\nRUN:\n  br label %RUN\n}",
        "define void @f() {\nxRUN:\n  br label %xRUN\n}",
        '@"END." = global i8 0',
        "@END. = global i8 0",
        "define void @f() {\n  ret void RUN:: id\n}",
        '!0 = !{!"XFAIL: *", !"REQUIRES: nothing"}',
    ],
)
def test_lit_finds_none_of_its_words_in_ir(armed: str) -> None:
    keywords = re.compile(r"RUN:|XFAIL:|REQUIRES:|UNSUPPORTED:|ALLOW_RETRIES:|END\.|DEFINE:|REDEFINE:")
    assert keywords.search(armed)
    assert not keywords.search(disarm(armed))
    assert disarm(disarm(armed)) == disarm(armed)


WORDS = st.sampled_from(
    [
        *("RUN:", "; RUN: touch /tmp/x", "XFAIL: *", "END.", "DEFINE: %{x}=y", "llc ", "opt ", "-load=x "),
        *('"', '@"', "%", "@g = global i8 0", "@s = constant [4 x i8] c", "LLVM ERROR: ", "\\52UN:", "| sh"),
        *("; CRASH: signal: ", "; CRASH-IN: ", "Program arguments: llc ", "$ llc ", "-mcpu=", "$(id) "),
        *("RUN::", "\n", " ", "`id`", "Assertion failed: "),
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=30).map("".join))
def test_lit_runs_one_command_that_is_ours_whatever_the_report(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        made = imported(f"{text}\n\ndefine void @f() {{\nentry:\n  ret void\n}}\n{text}\n")
    except UsageError:  # a bracket of the text closed behind the function
        assume(False)
    path = tmp_path_factory.mktemp("lit") / "made.ll"
    path.write_text(made.test)
    commands = [
        command
        for _line, keyword, command in lit.TestRunner.parseIntegratedTestScriptCommands(
            os.fspath(path),
            ["RUN:", "XFAIL:", "UNSUPPORTED:", "ALLOW_RETRIES:", "END.", "DEFINE:", "REDEFINE:"],
        )
    ]
    assert len(commands) == 1
    assert re.fullmatch(
        r" (?:(?:llc|opt|llvm-as)(?: (?:'[^'\"`$\\]*'|[\w.,+=:@%<-]+))*(?: \| )?)+", commands[0]
    )


def test_a_report_without_ir_is_refused_with_what_was_found() -> None:
    with pytest.raises(UsageError) as raised:
        imported(
            "llc: F.cpp:3: int f(): Assertion `x > 0' failed.\nclang version 19.1.7\nTarget: riscv64-linux"
        )
    assert str(raised.value) == (
        "report.txt: there is no LLVM IR in it\n"
        "  crash: assertion: x > 0 (F.cpp:3)\n"
        "  frames: 1, the first f\n"
        "  version: 19.1.7\n"
        "  target: riscv64-linux\n"
        "next: add the function that it is about, such as `clang -S -emit-llvm` writes it, or the call alone"
    )


def test_machine_ir_is_for_another_command() -> None:
    with pytest.raises(UsageError) as raised:
        imported("It dies on\n\n> ---\n> name: f\n> body: |\n>   bb.0:\n>     RET 0\n> ...\n")
    assert str(raised.value) == (
        "report.txt: there is machine IR in it, and no LLVM IR\n"
        "next: save that as a .mir file, and run it: harness repro FILE.mir --run 'llc -run-pass=...'"
    )


def test_of_several_modules_one_is_chosen() -> None:
    other = IR.replace("@f", "@g")
    both = f"; ModuleID = 'a'\n{IR}\n; ModuleID = 'b'\n{other}"
    assert "define void @f(" in imported(both).test
    assert "define void @g(" in imported(both, module=2).test
    with pytest.raises(UsageError) as raised:
        imported(both, module=3)
    assert str(raised.value) == (
        "--module 3: report.txt has 2\n  the function f at line 2\n  the function g at line 7\n"
        "next: give a number from 1 on, or leave it out"
    )
    with pytest.raises(UsageError) as raised:
        imported(IR, module=2)
    assert str(raised.value).startswith("--module 2: report.txt has one\n")


def test_the_module_of_the_crash_is_the_one() -> None:
    other = IR.replace("@f", "@g")
    stack = "Stack dump:\n0. Program arguments: llc x.ll\n1. Running pass 'X86 DAG->DAG' on function '@g'\n"
    assert "define void @g(" in imported(f"{IR}\n; ModuleID = 'b'\n{other}\n{stack}").test

"""What a person reads."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness.model import Comparison, Run, SeriesKind, TestResult
from harness.report import terminal
from harness.report.changes import SilentChange, SilentChanges
from harness.report.record import CheckReport, SeriesReport


def text_of(report: CheckReport, *, colour: bool = False, width: int = 60, changes: int = 0) -> str:
    stream = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=stream, force_terminal=colour, width=width, color_system=system)
    terminal.write(report, console, changes)
    return stream.getvalue()


def test_golden(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("terminal.txt", text_of(report, changes=1))


def test_changes_that_no_test_notices_are_counted_and_shown_on_demand(report: CheckReport) -> None:
    told = "  2 tests pass on both sides but the output differs: --show-changes 2\n"
    for shown in range(4):
        text = text_of(report, changes=shown)
        assert told in text
        assert text.count(": f (llc, stdout): 2 -> 1 instructions, 3 -> 1 bytes\n") == min(shown, 1)
        assert text.count("  JIT/run.ll: (llc, run.ll.tmp.o): 40 -> 41 bytes\n    not shown\n") == (shown > 1)
        assert re.findall(r"^  and (\d) more$", text, re.MULTILINE) == (
            [str(5 - min(shown, 2))] if shown else []
        )


def test_one_test_is_not_several() -> None:
    silent = SilentChanges(("a.ll",), ("b.ll",), ("c.ll",), (SilentChange("a.ll", "llc", "stdout", "f", 1),))
    assert silent.lines == (
        "1 test passes on both sides but the output differs: --show-changes 1",
        "1 test passes on both sides but the output differs, and was not run again",
        "1 test whose output varies from run to run: not compared",
    )


def test_colour_and_width_do_not_change_the_words(report: CheckReport) -> None:
    coloured = text_of(report, colour=True, width=200)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_of(report)


def test_no_line_ends_with_a_blank(report: CheckReport) -> None:
    assert [line for line in text_of(report).splitlines() if line != line.rstrip()] == []


def test_only_a_suite_that_is_green(report: CheckReport) -> None:
    assert report.suite is not None
    green = Run("debian-19", report.suite.results[:3], 1.0)
    assert text_of(replace(report, series=(), suite=green, remarks=())) == (
        "LLVM 19.1.7, debian-19 (Debian packages llvm-19 1:19.1.7-3~deb12u1)\n"
        "builder overlay, assertions enabled\n"
        "enclosed by Landlock (ABI 7); not held off: names of files\n"
        "\n"
        "suite on debian-19: 3 tests in 1.0 s\n"
        "  folder  tests  PASS  XFAIL\n"
        "  JIT     1      1     0\n"
        "  X86     2      1     1\n"
        "OK\n"
        "\n"
        "OK in 61.5 s\n"
    )


def test_a_suite_without_tests(report: CheckReport) -> None:
    text = text_of(replace(report, series=(), suite=Run("debian-19", (), 0.0), assertions=False))
    assert text.endswith("\n\nsuite on debian-19: 0 tests in 0.0 s\nNOT OK\n\nNOT OK in 61.5 s\n")
    assert "builder overlay, no assertions\n" in text


@settings(deadline=None)
@given(st.text(), st.text())
def test_markup_and_control_characters_of_tools_have_no_effect(name: str, title: str) -> None:
    series = SeriesReport(
        name, title, SeriesKind.FIX, Comparison((), (), False, ("[red]\x1b[31m\x07" + title,))
    )
    suite = Run(name, (), 0.0)
    text = text_of(CheckReport("0", "19", "t", "p", "none", False, (series,), suite))
    assert "[red]" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_output_of_a_red_test_is_cut_to_its_tail(report: CheckReport) -> None:
    text = text_of(report)
    assert "line 29" in text
    assert "line 9\n" not in text
    long = TestResult("a.ll", report.suite.results[3].outcome, 0.0, None, "x" * 500) if report.suite else None
    assert long is not None
    assert "    " + "x" * 500 + "\n" in text_of(replace(report, series=(), suite=Run("t", (long,), 0.0)))

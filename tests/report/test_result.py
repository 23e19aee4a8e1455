"""What each report says of a series without an effect, not judged in part, or that no test reaches."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from rich.console import Console

from harness.errors import NO_FAILURE, Failure
from harness.model import Comparison, SeriesKind
from harness.report import junit, markdown, record, terminal
from harness.report.reach import LineReach, Reach, ReachSample, UpstreamReach
from harness.report.record import CheckReport, NoEffect, Result, SeriesReport

GREEN, RED = Comparison((), (), True, ()), Comparison((), (), False, ("regressed: a.ll",))
MEANT = NoEffect("only documentation and comments change", meant=True)
OFF = NoEffect("what is compiled is the same", meant=False)
SEEN, NOWHERE = Reach(("f",), 1, 2), Reach(("f",), 0, 3)
NO_TEST = "no test enters what it changes: add one, or name more with --suite"
PLACES = LineReach(3, missed=("llvm/lib/A.cpp:7",))
MISSED = replace(SEEN, by_functions=3, by_lines=PLACES)
NO_LINE = "no test that ran gets to llvm/lib/A.cpp:7: add one, or name more with --suite"
LOST = ("llvm/unittests/A.cpp: unit tests are not run here",)


def series(
    comparison: Comparison | None = None,
    no_effect: NoEffect | None = None,
    unjudged: tuple[str, ...] = (),
    error: Failure = NO_FAILURE,
    reach: Reach | None = None,
) -> SeriesReport:
    one = SeriesReport("demo", "Demo", SeriesKind.FIX, comparison, no_effect=no_effect, reach=reach)
    return replace(one, error=error, unjudged=unjudged)


OF_LLVM = "llvm/test/MC/a.s"
OURS, THEIRS = "--all --filter '^X86/b.ll$'", "--all --suite upstream:MC/a.s"
BROKEN = (
    "the rule of reach is broken: {} gets to nothing that the series changes, and differs; to see it, add {}"
)


@pytest.mark.parametrize(
    ("one", "result", "ok", "conclusion"),
    [
        (series(GREEN), Result.OK, True, "OK"),
        (series(RED), Result.NOT_OK, False, "NOT OK: regressed: a.ll"),
        (series(), Result.NOT_OK, False, "NOT OK: nothing was compared"),
        (series(None, MEANT), Result.NO_EFFECT, True, f"no effect: {MEANT.why}"),
        (series(None, OFF), Result.NO_EFFECT, False, f"no effect: {OFF.why}"),
        # The tests that it changes were run, and that is what it is for.
        (series(GREEN, MEANT), Result.OK, True, "OK"),
        (series(GREEN, OFF), Result.NO_EFFECT, False, f"no effect: {OFF.why}"),
        # What it is meant to change is no reason for what else it does.
        (series(RED, MEANT), Result.NOT_OK, False, "NOT OK: regressed: a.ll"),
        (series(None, OFF, LOST), Result.NO_EFFECT, False, f"no effect: {OFF.why}; {LOST[0]}"),
        (series(GREEN, None, LOST), Result.NOT_JUDGED, False, f"not judged: {LOST[0]}"),
        (series(RED, None, LOST), Result.NOT_OK, False, f"NOT OK: regressed: a.ll; {LOST[0]}"),
        (series(GREEN, reach=SEEN), Result.OK, True, "OK"),
        (series(GREEN, reach=Reach(why="a full build")), Result.OK, True, "OK"),
        (series(GREEN, reach=NOWHERE), Result.UNPROVEN, False, f"unproven: {NO_TEST}"),
        (series(GREEN, reach=replace(NOWHERE, allowed=True)), Result.OK, True, "OK"),
        (series(GREEN, reach=replace(NOWHERE, upstream=UpstreamReach(9, 1, 1))), Result.OK, True, "OK"),
        (
            series(GREEN, reach=replace(NOWHERE, upstream=UpstreamReach(9, unknown=9))),
            *(Result.UNPROVEN, False, f"unproven: {NO_TEST}"),
        ),
        (series(GREEN, reach=MISSED), Result.UNPROVEN, False, f"unproven: {NO_LINE}"),
        (series(GREEN, reach=replace(MISSED, allowed=True)), Result.OK, True, "OK"),
        (
            series(GREEN, reach=replace(MISSED, why="a full build")),
            Result.UNPROVEN,
            False,
            f"unproven: {NO_LINE}",
        ),
        (series(GREEN, reach=replace(MISSED, undecided="an #if")), Result.OK, True, "OK"),
        (series(GREEN, reach=replace(MISSED, by_lines=LineReach(3, unsure=1))), Result.OK, True, "OK"),
        (
            series(GREEN, reach=replace(NOWHERE, by_lines=LineReach())),
            Result.UNPROVEN,
            False,
            f"unproven: {NO_TEST}",
        ),
        (series(GREEN, reach=replace(SEEN, sample=ReachSample(3, (), 90, 1))), Result.OK, True, "OK"),
        (
            series(GREEN, reach=replace(SEEN, sample=ReachSample(3, ("X86/b.ll", OF_LLVM), 90, 2))),
            *(
                Result.NOT_OK,
                False,
                f"NOT OK: {BROKEN.format('X86/b.ll', OURS)}; {BROKEN.format(OF_LLVM, THEIRS)}",
            ),
        ),
        (series(RED, reach=NOWHERE), Result.NOT_OK, False, f"NOT OK: regressed: a.ll; {NO_TEST}"),
        (series(error=Failure("no build\nx"), unjudged=LOST), Result.NOT_OK, False, "NOT OK: no build"),
    ],
)
def test_results(one: SeriesReport, result: Result, ok: bool, conclusion: str) -> None:
    assert (one.result, one.ok, one.conclusion) == (result, ok, conclusion)
    report = CheckReport("0", "19", "t", "p", "none", False, (one,))
    assert report.ok is ok
    assert conclusion in on_terminal(report).splitlines()
    assert on_terminal(report).splitlines()[-3].endswith(f"  {result.value}")  # the table's row
    text = markdown.write(report)
    assert f"| `demo` | fix | {result.value} |" in text
    assert f"**{result.value}**" in text
    assert record.decode(record.encode(report)) == report
    # Red exactly where the report is.
    suite = ET.fromstring(junit.write(report)).find("testsuite")  # noqa: S314 - ours
    assert suite is not None
    red = suite.findall("testcase/failure") + suite.findall("testcase/error")
    assert bool(red) is not ok
    if result in {Result.NO_EFFECT, Result.NOT_JUDGED, Result.UNPROVEN}:
        (told,) = red or suite.findall("testcase/skipped")
        assert told.get("type") == result.value
        assert str(told.get("message")) in conclusion


def on_terminal(report: CheckReport) -> str:
    stream = io.StringIO()
    terminal.write(report, Console(file=stream, width=200))
    return stream.getvalue()


def test_the_last_line_counts_what_had_no_effect() -> None:
    report = CheckReport("0", "19", "t", "p", "none", False, (series(GREEN), series(None, MEANT)))
    assert on_terminal(report).endswith("\nOK in 0.0 s; 1 series without an effect\n")


def test_many_parts_that_are_not_judged_are_cut_short() -> None:
    many = tuple(f"clang/{n}.cpp: not part of LLVM itself, left out" for n in range(9))
    one = series(GREEN, None, many)
    assert one.reasons == (*many[:5], "and 4 more that are not judged")
    assert record.decode(record.encode(CheckReport("0", "19", "t", "p", "none", False, (one,)))).series == (
        one,
    )


@pytest.mark.parametrize(
    ("reach", "lines"),
    [
        (
            Reach(why="full build"),
            ["reach is unknown, all tests ran on both sides: full build"],
        ),
        (
            Reach(tuple("abcde"), 40, 300, unknown=2),
            [
                "changes 5 functions: a, b, c and 2 more",
                "reached by 40 of 340 tests, 2 of them perhaps; the others cannot notice it",
            ],
        ),
        (
            Reach(("f",), 40, 300, by_functions=320),
            [
                "changes 1 function: f",
                "reached by 40 of 340 tests; the others cannot notice it",
                "by functions 320, by lines 40",
            ],
        ),
        (
            Reach(("f",), 320, 20, by_functions=320, undecided="llvm/lib/A.cpp: line 7 is executed"),
            ["by functions alone: llvm/lib/A.cpp: line 7 is executed"],
        ),
        (
            # No test gets to the lines: those of the suites, and some of LLVM's own.
            Reach(
                ("f",),
                *(300, 40),
                by_functions=500,
                upstream=UpstreamReach(31870, 14120, 200),
                by_lines=LineReach(
                    500, missed=("llvm/lib/A.cpp:7", *(f"llvm/lib/B.cpp:{n}" for n in range(4)))
                ),
                nearest=("X86/a.ll",),
                nearest_enter=True,
            ),
            [
                "changes 1 function: f",
                "reached by 300 of 340 tests; the others cannot notice it",
                "reached by 14,120 of LLVM's 31,870 tests; the nearest 200 ran (--most-upstream N for more)",
                "by functions 500, by lines 0",
                "no test that ran gets to llvm/lib/A.cpp:7, llvm/lib/B.cpp:0, llvm/lib/B.cpp:1 and 2 more",
                "nearest tests, which enter what it changes: X86/a.ll",
            ],
        ),
        (
            Reach(("f",), 40, 300, by_functions=320, by_lines=LineReach(320, 36, 4, PLACES.missed)),
            ["by functions 320, by lines 40, 4 of them perhaps"],
        ),
        (
            Reach(("f",), 320, 20, by_functions=320, by_lines=LineReach(16, 14)),
            ["by functions 320, by lines at least 14"],
        ),
        (
            Reach(("f",), 320, 20, by_functions=320, by_lines=LineReach(320, 3, missed=PLACES.missed)),
            ["by functions 320, by lines 3", "no test that ran gets to llvm/lib/A.cpp:7"],
        ),
        (
            Reach(("f",), 3, 337, upstream=UpstreamReach(31870, 14120, 12, nearest=200)),
            [
                "reached by 14,120 of LLVM's 31,870 tests; "
                "12 of the nearest 200 may get to a changed line and ran (--most-upstream N for more)",
            ],
        ),
        (
            Reach(("f",), 3, 337, upstream=UpstreamReach(31870, 14120, nearest=200)),
            [
                "reached by 14,120 of LLVM's 31,870 tests; "
                "none of the nearest 200 gets to a changed line "
                "(--most-upstream N for more, --grep TEXT for others)",
            ],
        ),
        (
            Reach(("f",), 3, 337, upstream=UpstreamReach(31870, 90, 12, nearest=90)),
            ["reached by 90 of LLVM's 31,870 tests; 12 of these may get to a changed line and ran"],
        ),
        (
            Reach((), 0, 340, by_lines=replace(PLACES, tests=0)),
            [
                "changes no function that a tool contains",
                "reached by 0 of 340 tests; the others cannot notice it",
                "no test gets to llvm/lib/A.cpp:7",
            ],
        ),
        (
            Reach((), 0, 340),
            [
                "changes no function that a tool contains",
                "reached by 0 of 340 tests; the others cannot notice it",
            ],
        ),
        (
            Reach(("a",), 4, 8, upstream=UpstreamReach(31870, 14120, 200, unknown=7)),
            [
                "changes 1 function: a",
                "reached by 4 of 12 tests; the others cannot notice it",
                "reached by 14,120 of LLVM's 31,870 tests; the nearest 200 ran (--most-upstream N for more)",
                "7 more of LLVM's tests may reach it and did not run: what they enter is unknown",
            ],
        ),
        (
            Reach(("a",), 4, 8, sample=ReachSample(2, ("x.ll",), 41200, 1)),
            [
                "changes 1 function: a",
                "reached by 4 of 12 tests; the others cannot notice it",
                "1 of 41,200 sampled tests outside the selection differed so far, 1 of 2 now",
            ],
        ),
        (
            Reach(("a",), upstream=UpstreamReach(31870, 2, 2)),
            ["changes 1 function: a", "reached by 2 of LLVM's 31,870 tests; all ran on both sides"],
        ),
        (
            Reach(why="full build", upstream=UpstreamReach(why="it is built in full")),
            [
                "reach is unknown, all tests ran on both sides: full build",
                "LLVM's own tests did not run: it is built in full",
            ],
        ),
    ],
)
def test_what_a_report_says_of_the_reach(reach: Reach, lines: list[str]) -> None:
    report = CheckReport("0", "19", "t", "p", "none", False, (series(GREEN, reach=reach),))
    assert [line.strip() for line in on_terminal(report).splitlines() if line.strip() in lines] == lines
    text = markdown.write(report)
    assert all(line in text for line in lines)
    notes = [one.get("value") for one in ET.fromstring(junit.write(report)).iter("property")]  # noqa: S314 - ours
    assert [line for line in notes if line in lines] == lines
    assert record.decode(record.encode(report)) == report

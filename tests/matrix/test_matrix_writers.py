"""What a matrix looks like: on a terminal, as Markdown, as JUnit, as a page, as JSON."""

import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from harness.cell import Cell, CellResult, CellState
from harness.errors import UsageError
from harness.matrix import html, junit, markdown, record, terminal
from harness.matrix.record import MatrixReport, find_changes
from harness.model import Outcome
from tests.matrix.made import MIXED, REGRESSED, series, suite

TERMINAL = """\
mixed <b>

       9  19  22  trunk
suite  a  +   F   .
a-fix  -  +   F   !
+ ok, F fails, - does not apply, . skipped, ! no answer, a red as the recipe allows

tests that are red in a suite alone:
          9  19  22
X86/0.ll  +  +   F
X86/1.ll  C  +   +
+ as expected, F fails, C crashes, T times out, X passes unexpectedly, . unsupported, ! no answer

suite [llvm-9]: fails: 1 of 2 tests (X86/1.ll) red (allowed: LLVM 9 crashes)
suite [llvm-22]: fails: 1 of 2 tests (X86/0.ll) red
a-fix [llvm-9]: does not apply: a.patch does not apply
a-fix [llvm-22]: fails: 1 test regressed: `x`|y
suite [trunk]: skipped: the mirror has no LLVM trunk
a-fix [trunk]: no answer: ran longer than 5 s
a remark

changes since run 3 of 2026-11-30 10:00:
  a-fix [llvm-22]: ok -> fails: X86/1.ll
  suite [trunk]: new -> skipped
8 cells: 2 ok, 3 fails, 1 does not apply, 1 skipped, 1 no answer (1 allowed); 2 known, 12.3 s
NOT OK
"""


def test_the_terminal_shows_grid_reasons_and_changes() -> None:
    console = Console(file=io.StringIO(), width=200)
    terminal.write(MIXED, console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == TERMINAL


def test_markdown_means_only_what_we_write() -> None:
    text = markdown.write(MIXED)
    assert text.startswith(
        "## mixed &#60;b&#62;: NOT OK\n\n| | 9 | 19 | 22 | trunk |\n|---|:-:|:-:|:-:|:-:|\n"
    )
    assert "| suite | `a` | `+` | `F` | `.` |\n" in text
    assert "1 test regressed: &#96;x&#96;&#124;y" in text
    assert "Changes since run 3 of 2026-11-30 10:00:\n\n- a-fix" in text


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own


def test_junit_is_red_where_the_matrix_is() -> None:
    root = parsed(junit.write(MIXED))
    cases = {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in root.iter("testcase")
    }
    assert cases == {
        ("9", "suite"): ["skipped"],
        ("9", "a-fix"): [],
        ("19", "suite"): [],
        ("19", "a-fix"): [],
        ("22", "suite"): ["failure"],
        ("22", "a-fix"): ["failure"],
        ("trunk", "suite"): ["skipped"],
        ("trunk", "a-fix"): ["error"],
    }
    failure = root.find(".//testcase[@name='a-fix'][@classname='22']/failure")
    assert failure is not None
    assert failure.text == "X86/1.ll: regressed llc: SIGSEGV"


class Tags(HTMLParser):
    """The tags of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def test_the_page_has_no_tag_that_others_wrote() -> None:
    tags = Tags(html.write(MIXED)).found
    assert tags.count("b") == 0
    assert tags.count("table") == 2
    assert tags.count("td") == 2 * 4 + 2 * 3


def test_the_json_comes_back() -> None:
    assert record.decode(record.encode(MIXED)) == MIXED
    with pytest.raises(UsageError, match="this is not a record of a matrix"):
        record.decode(b"{}")


def report(*cells: CellResult) -> MatrixReport:
    return replace(MIXED, cells=cells, changes=())


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ((suite("19", Outcome.PASS),), 0),
        ((suite("19", Outcome.FAIL),), 1),
        ((suite("19", Outcome.FAIL, may_fail="old"),), 0),
        ((suite("19", Outcome.PASS), series("19", CellState.DOES_NOT_BUILD)), 3),
        ((suite("19", Outcome.PASS), series("19", CellState.NO_ANSWER), series("22", CellState.FAILS)), 4),
        ((suite("19", Outcome.PASS), CellResult(Cell("24"), CellState.SKIPPED)), 0),
        ((CellResult(Cell("24"), CellState.SKIPPED),), 4),
        ((suite("19", Outcome.PASS), series("19", CellState.DOES_NOT_APPLY)), 1),
        ((series("16", CellState.DOES_NOT_APPLY), series("19", CellState.OK)), 0),
        ((), 4),
    ],
)
def test_the_exit_code_is_the_worst_and_nothing_judged_is_not_green(
    cells: tuple[CellResult, ...], code: int
) -> None:
    assert report(*cells).exit_code == code


def test_junit_is_red_too_if_a_series_was_judged_nowhere() -> None:
    unjudged = report(suite("19", Outcome.PASS), series("19", CellState.DOES_NOT_APPLY))
    root = parsed(junit.write(unjudged))
    assert root.get("failures") == "1"


def test_changes_are_new_states_and_newly_red_tests_worse_ones_first() -> None:
    before = (
        suite("9", Outcome.PASS),
        suite("19", Outcome.FAIL, Outcome.PASS),
        suite("22", Outcome.PASS),
        series("19", CellState.UNPROVEN, "no test"),
    )
    now = (
        series("19", CellState.OK),
        suite("9", Outcome.PASS),
        suite("19", Outcome.FAIL, Outcome.CRASH),
        series("22", CellState.FAILS, "x", REGRESSED),
        replace(suite("22", Outcome.PASS), cell=Cell("22", may_fail="allowed now")),
    )
    assert [(one.name, one.before, one.after, one.is_worse) for one in find_changes(before, now)] == [
        ("suite [llvm-19]", "fails", "fails: X86/1.ll", True),
        ("a-fix [llvm-19]", "unproven", "ok", False),
        ("a-fix [llvm-22]", "", "fails: X86/1.ll", False),
    ]

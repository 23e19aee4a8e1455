"""The comment on a pull request: tables stay tables and fences stay closed, whatever a tool wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check.compare import compare
from harness.errors import Failure
from harness.model import Claim, ClaimKind, Outcome, Run, SeriesKind, TestResult
from harness.report import markdown
from harness.report.record import BuildNote, CheckReport, SeriesReport


def test_golden(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("markdown.md", markdown.write(report, changes=1))


def outside_fences(text: str) -> list[str]:
    """The lines that are Markdown; fails if a fence stays open."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            if line.rstrip() == fence:
                fence = ""
        elif match := re.match(r"`{3,}", line):
            fence = match[0]
        else:
            lines.append(line)
    assert not fence
    return lines


def tables(text: str) -> Iterator[list[str]]:
    table: list[str] = []
    for line in [*outside_fences(text), ""]:
        if line.startswith("|"):
            table.append(line)
        elif table:
            yield table
            table = []


def columns(row: str) -> int:
    """GitHub splits a row at every pipe without a backslash before it."""
    return len(re.findall(r"(?<!\\)\|", row)) - 1


_SPECIAL = st.text("`|\\*_<>[]@#\n\r\t \x1b~&a", max_size=12) | st.text(max_size=12)


@settings(deadline=None)
@given(
    st.lists(_SPECIAL, min_size=4, max_size=4), st.sampled_from(list(Outcome)), st.sampled_from(list(Outcome))
)
def test_any_text_leaves_tables_and_folds_whole(texts: list[str], one: Outcome, other: Outcome) -> None:
    name, title, output, test = texts
    base = Run(name, (TestResult(test, one, 0.1, None, output),), 1.0)
    patched = Run(name, (TestResult(test, other, 0.1, None, output),), 1.0)
    comparison = compare(base, patched, [Claim(ClaimKind.FIXES, test, title)], kind=SeriesKind.FIX)
    build = BuildNote(title, (name, test), 1.0, False, (output,))
    series = SeriesReport(
        name, title, SeriesKind.FIX, comparison, Failure(output), (build,), differences={test: output}
    )
    text = markdown.write(CheckReport("0", title, name, test, "none", True, (series,), patched))
    found = list(tables(text))
    assert len(found) >= 3
    for table in found:
        assert len({columns(row) for row in table}) == 1
    plain = outside_fences(text)
    assert sum("<details>" in line for line in plain) == sum("</details>" in line for line in plain)
    # Nobody is called by what a tool wrote: outside code, every @ is an entity.
    assert not [line for line in plain if "@" in re.sub(r"`[^`]*`", "", line)]


def test_a_comment_fits_into_githubs_limit(report: CheckReport) -> None:
    names = [f"X86/{'long' * 10}-{i}.ll" for i in range(1000)]
    base = Run("t", tuple(TestResult(name, Outcome.PASS, 0.0) for name in names), 0.0)
    patched = Run("t", tuple(TestResult(name, Outcome.FAIL, 0.0) for name in names), 0.0)
    comparison = compare(base, patched, kind=SeriesKind.FIX)
    evidence = dict.fromkeys(names, f"--- base\n+++ patched\n{'x' * 900}")
    series = SeriesReport("s", "t", SeriesKind.FIX, comparison, differences=evidence)
    text = markdown.write(replace(report, series=(series,), suite=patched))
    assert len(text) < 65_536
    assert "and 900 more" in text
    assert re.search(r"^9\d\d more differences are in the other reports of this check\.$", text, re.MULTILINE)
    assert "More red tests are in the other reports of this check." in text


def test_a_report_of_one_green_series(report: CheckReport) -> None:
    text = markdown.write(replace(report, series=report.series[:1], suite=None))
    assert text.startswith("## LLVM patch check: OK\n\n")
    assert "NOT OK" not in text

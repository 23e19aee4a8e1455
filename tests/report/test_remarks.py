"""What there is to say of the input is in every report: progress is not shown in CI, nor with -q."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from harness.compile_only import record as compilation
from harness.compile_only.record import CompilationReport, CompiledSeries
from harness.errors import Failure
from harness.model import Comparison, SeriesKind
from harness.report import junit, markdown, record, terminal
from harness.report.record import CheckReport, SeriesReport

ALONE = "2.patch: is patch 2/3 of a series, taken alone"
SKIPPED = "s.mbox 2: skipped, a reply: 'Re: Change 20'"
OF_ALL = "old-series has no patches for LLVM 19.1.7: left out"


def on_terminal(report: CheckReport) -> str:
    stream = io.StringIO()
    terminal.write(report, Console(file=stream))
    return stream.getvalue()


def as_properties(report: CheckReport) -> str:
    """The notes that JUnit has, each suite's on its own lines."""
    found = ET.fromstring(junit.write(report)).iterfind("testsuite/properties/property")  # noqa: S314 - ours
    return "\n".join(one.get("value", "") for one in found if one.get("name") == "note")


def as_json(report: CheckReport) -> str:
    again = record.decode(record.encode(record.trim(report)))
    return "\n".join([*again.remarks, *(remark for one in again.series for remark in one.remarks)])


WRITERS = (on_terminal, as_properties, as_json, markdown.write)


@pytest.mark.parametrize("writer", WRITERS)
def test_remarks_on_a_series_and_on_the_call(writer: Callable[[CheckReport], str]) -> None:
    done = SeriesReport("a", "t", SeriesKind.FIX, Comparison((), (), True, ()), remarks=(ALONE,))
    lost = SeriesReport("b", "t", SeriesKind.FIX, error=Failure("it does not apply"), remarks=(SKIPPED,))
    report = CheckReport("0", "19", "t", "p", "none", False, (done, lost))
    assert [remark in writer(report) for remark in (ALONE, SKIPPED, OF_ALL)] == [True, True, False]
    assert OF_ALL in writer(replace(report, remarks=(OF_ALL,)))


def test_remarks_on_what_is_compiled_only() -> None:
    one = CompiledSeries("a", "t", "23", remarks=(ALONE,))
    report = CompilationReport(
        "0", "23.1.1", "p", (one, CompiledSeries("b", "t", "23", error=Failure("no"), remarks=(SKIPPED,)))
    )
    stream = io.StringIO()
    compilation.write(report, Console(file=stream))
    assert f"a:\n  note: {ALONE}\n" in stream.getvalue()
    assert f"b:\n  note: {SKIPPED}\n  no\n" in stream.getvalue()
    again = compilation.decode(compilation.encode(report))
    assert again is not None
    assert again.series == report.series


def test_hundreds_of_remarks_do_not_fill_a_comment() -> None:
    many = tuple(f"hunk {number} of A.cpp applied 2 lines further down" for number in range(1000))
    one = SeriesReport("a", "t", SeriesKind.FIX, Comparison((), (), True, ()), remarks=many)
    text = markdown.write(CheckReport("0", "19", "t", "p", "none", False, (one,)))
    assert text.count("applied 2 lines") == 100
    assert "- and 900 more notes" in text

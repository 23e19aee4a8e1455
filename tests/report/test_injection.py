"""What tools and patches say acts on nobody who reads a report: no terminal, browser or CI runner."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from harness.errors import Failure
from harness.model import (
    Comparison,
    Outcome,
    Run,
    SeriesKind,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.report import junit, markdown, terminal
from harness.report.annotations import annotate
from harness.report.record import CheckReport, SeriesReport

BAD = (
    "\x1b]0;x\x07 admin\u202e\u2066 // user\u2069\u200f\n"
    "  ::error file=x.c,line=1::pwned\n##[error]x ##vso[y]"
)
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


def reported() -> CheckReport:
    base, patched = (TestResult(BAD, outcome, 0.1, output=BAD) for outcome in (Outcome.PASS, Outcome.FAIL))
    verdict = TestVerdict(BAD, Verdict.REGRESSED, base, patched, note=BAD)
    series = SeriesReport(
        *(BAD, BAD, SeriesKind.FIX, Comparison((verdict,), (), False, (BAD,))),
        differences={BAD: BAD},
    )
    lost = SeriesReport(BAD, BAD, SeriesKind.FIX, error=Failure(BAD))
    return CheckReport("0", "19", BAD, BAD, "none", False, (series, lost), Run(BAD, (patched,), 0.0))


def on_terminal(report: CheckReport) -> str:
    stream = io.StringIO()
    terminal.write(report, Console(file=stream, width=60))
    return stream.getvalue()


@pytest.mark.parametrize("write", [on_terminal, junit.write, markdown.write])
def test_nothing_acts(write: object) -> None:
    assert callable(write)
    text = write(reported())
    assert not ACTING.search(text)
    assert "202E&gt;" in text or "<U+202E>" in text or "&#60;U+202E&#62;" in text


def test_no_line_in_a_log_is_a_command() -> None:
    text = on_terminal(reported())
    assert not COMMAND.search(text)
    assert ": :error file=x.c,line=1::pwned" in text


def test_every_annotation_is_one_of_ours() -> None:
    text = annotate(reported())
    assert not ACTING.search(text)
    assert [line.partition("::")[2].partition("::")[0] for line in text.splitlines()] == [
        "error title=LLVM 19%3A NOT OK"
    ] * 2

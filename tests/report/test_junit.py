"""JUnit XML: what a CI page shows, well-formed whatever a tool wrote, and red where the report is not ok."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check.compare import compare
from harness.check.evidence import find_differences
from harness.errors import Failure
from harness.model import Claim, ClaimKind, LeftOut, Outcome, Run, SeriesKind, TestResult
from harness.report import junit
from harness.report.record import CheckReport, SeriesReport


def parse(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314 - we wrote it a moment ago


def test_golden(report: CheckReport, golden: Callable[[str, str], None]) -> None:
    golden("junit.xml", junit.write(report))


def test_the_counts_are_those_of_the_elements(report: CheckReport) -> None:
    root = parse(junit.write(report))
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == [*(s.name for s in report.series), "suite"]
    for node in [root, *suites]:
        found = {
            "tests": len(node.findall(".//testcase")),
            "failures": len(node.findall(".//failure")),
            "errors": len(node.findall(".//error")),
            "skipped": len(node.findall(".//skipped")),
        }
        assert {key: int(node.attrib[key]) for key in found} == found


_ANY = st.text(st.characters(exclude_categories=())) | st.text(
    "\x00\x1b]>&<\"'\r\n\t\ufffe\ud800", max_size=20
)


@settings(deadline=None)
@given(_ANY, _ANY, _ANY, st.sampled_from(list(Outcome)))
def test_any_text_gives_well_formed_xml(name: str, title: str, output: str, outcome: Outcome) -> None:
    base = Run(name, (TestResult(name, Outcome.PASS, 0.1),), 1.0)
    patched = Run(name, (TestResult(name, outcome, 0.1, None, output),), 1.0)
    comparison = compare(base, patched, [Claim(ClaimKind.FIXES, output, title)], kind=SeriesKind.FIX)
    series = SeriesReport(title, title, SeriesKind.FIX, comparison, differences=find_differences(comparison))
    broken = SeriesReport(name, title, SeriesKind.FIX, error=Failure(output or "x"))
    text = junit.write(CheckReport("0", title, name, output, "none", True, (series, broken), patched))
    root = parse(text)
    assert len(root.findall("testsuite")) == 3


_RUNS = st.lists(
    st.builds(TestResult, st.sampled_from(["a/x", "b"]), st.sampled_from(list(Outcome)), st.just(0.0)),
    unique_by=lambda result: result.name,
).map(lambda results: Run("t", tuple(results), 0.0))
_CLAIMS = st.lists(
    st.builds(Claim, st.sampled_from(list(ClaimKind)), st.sampled_from(["b", "*", "z"])), max_size=2
)


@settings(deadline=None)
@given(
    _RUNS,
    _RUNS,
    _CLAIMS,
    st.sampled_from(list(SeriesKind)),
    st.sampled_from([{}, {"z": LeftOut.FILTER}]),
)
def test_red_exactly_where_the_series_is_not_ok(
    base: Run, patched: Run, claims: list[Claim], kind: SeriesKind, left_out: dict[str, LeftOut]
) -> None:
    comparison = compare(base, patched, claims, kind=kind, left_out=left_out)
    series = SeriesReport("s", "t", kind, comparison)
    root = parse(junit.write(CheckReport("0", "19", "t", "p", "none", True, (series,))))
    assert (root.get("failures") == root.get("errors") == "0") is series.ok


@settings(deadline=None)
@given(_RUNS)
def test_red_exactly_where_the_suite_is_not_ok(run: Run) -> None:
    report = CheckReport("0", "19", "t", "p", "none", True, (), run)
    root = parse(junit.write(report))
    assert (root.get("failures") == root.get("errors") == "0") is report.ok


@pytest.mark.parametrize("error", ["", "it does not link"])
def test_a_series_without_a_comparison_is_red(report: CheckReport, error: str) -> None:
    series = SeriesReport("s", "t", SeriesKind.FIX, error=Failure(error))
    root = parse(junit.write(replace(report, series=(series,), suite=None)))
    assert root.get("failures") == ("0" if error else "1")
    assert root.get("errors") == ("1" if error else "0")

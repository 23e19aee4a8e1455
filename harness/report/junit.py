"""The report as JUnit XML, for a CI system's test page. It is red exactly where the report is not ok."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from harness.model import Outcome, Run, TestVerdict, Verdict
from harness.printable import one_line, printable, tail
from harness.report.record import CheckReport, Result, SeriesReport, describe_claim

_TAIL = 200


def write(report: CheckReport) -> str:
    """One `testsuite` per series, one `testcase` per test and per claim; UTF-8 with a declaration."""
    root = ET.Element("testsuites", name="llvm-patch-harness", time=f"{report.seconds:.3f}")
    for series in report.series:
        seconds = series.base_seconds + series.patched_seconds
        reach = series.reach.lines if series.reach is not None else ()
        suite = _suite(root, series.name, seconds, report, (*series.remarks, *reach))
        _series(suite, series)
        count_cases(suite)
    if report.suite is not None:
        suite = _suite(root, "suite", report.suite.elapsed, report)
        _run(suite, report, report.suite)
        count_cases(suite)
    return render(root)


def render(root: ET.Element) -> str:
    """The text of all suites, their counts added up."""
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(
    root: ET.Element, name: str, seconds: float, report: CheckReport, remarks: tuple[str, ...] = ()
) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=one_line(name), time=f"{seconds:.3f}")
    properties = ET.SubElement(suite, "properties")
    for key, value in (
        ("llvm", report.llvm_version),
        ("toolchain", report.toolchain),
        ("provenance", report.provenance),
        ("builder", report.builder),
        ("assertions", "enabled" if report.assertions else "off"),
        *([("enclosure", report.enclosure)] if report.enclosure else []),
        *(("note", remark) for remark in (*report.remarks, *remarks)),
    ):
        ET.SubElement(properties, "property", name=key, value=one_line(value))
    return suite


def count_cases(suite: ET.Element) -> None:
    """Write how many cases a suite has, and how many of each end."""
    suite.set("tests", str(len(suite.findall("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))


def add_case(suite: ET.Element, group: str, name: str, seconds: float = 0.0) -> ET.Element:
    """A case of a suite that passes, as long as it has no note."""
    return ET.SubElement(
        suite, "testcase", classname=one_line(group), name=one_line(name), time=f"{seconds:.3f}"
    )


def add_note(case: ET.Element, tag: str, kind: str, message: str, text: str = "") -> None:
    """Make a case a `failure`, an `error` or `skipped`, and say why."""
    child = ET.SubElement(case, tag, type=kind, message=one_line(message))
    child.text = printable(text) or None


def _series(suite: ET.Element, series: SeriesReport) -> None:
    for v in series.verdicts:
        folder = v.name.rpartition("/")[0].replace("/", ".")
        group = f"{series.name}.{folder}" if folder else series.name
        _verdict(add_case(suite, group, v.name, v.patched.elapsed), series, v)
    for result in series.claims:
        case = add_case(suite, f"{series.name}.claims", describe_claim(result.claim))
        if not result.checked:
            add_note(case, "skipped", "claim", result.why)
        elif not result.held:
            add_note(case, "failure", "claim", result.why)
    if series.error:
        add_note(add_case(suite, series.name, "build"), "error", "build", series.reasons[0], series.error)
    says = suite.find("testcase/failure") is not None or suite.find("testcase/error") is not None
    # Nothing above tells why, for instance that no test ran at all, or that code was not judged.
    if not series.ok and not (says and series.result is Result.NOT_OK):
        add_note(
            add_case(suite, series.name, "verdict"), "failure", series.result.value, "; ".join(series.reasons)
        )
    elif series.ok and series.result is Result.NO_EFFECT:
        add_note(add_case(suite, series.name, "verdict"), "skipped", series.result.value, series.conclusion)


def _verdict(case: ET.Element, series: SeriesReport, v: TestVerdict) -> None:
    """What one verdict adds to its test case."""
    died = next((r.ending for r in (v.patched, v.base) if r.signature is not None), "")
    parts = (f"{v.base.outcome.value} -> {v.patched.outcome.value}", v.note, died)
    summary = ": ".join(filter(None, parts))
    evidence = series.difference(v.name)
    if v.red is not None and v.red.is_error:
        add_note(case, "error", v.verdict.value, summary, tail(v.patched.output or v.base.output, _TAIL))
    elif v.red is not None:
        add_note(case, "failure", v.verdict.value, summary, evidence)
    elif v.verdict in {Verdict.UNSUPPORTED, Verdict.UNREACHED}:
        add_note(case, "skipped", v.verdict.value, v.gone or v.note or v.verdict.value)
    elif v.verdict is not Verdict.PASSES or v.gone:
        text = f"{v.verdict.value} ({summary})\n{evidence}".rstrip()
        ET.SubElement(case, "system-out").text = printable(text)


def _run(suite: ET.Element, report: CheckReport, run: Run) -> None:
    """A run without a patch."""
    for result in run.results:
        folder = result.name.rpartition("/")[0].replace("/", ".")
        case = add_case(suite, folder or "suite", result.name, result.elapsed)
        if result.outcome.is_red:
            tag = "failure" if result.outcome.ran else "error"
            why, text = report.failure(result), tail(result.output, _TAIL)
            message = why.split("\n", 1)[0] or result.outcome.value
            parts = [text] if printable(why) in text else [why, text]
            add_note(case, tag, result.outcome.value, message, "\n\n".join(filter(None, parts)))
        elif result.outcome is Outcome.UNSUPPORTED:
            add_note(case, "skipped", result.outcome.value, result.lacking or result.outcome.value)
    if not any(result.outcome.ran for result in run.results):
        add_note(add_case(suite, "suite", "verdict"), "failure", "verdict", "no test ran")

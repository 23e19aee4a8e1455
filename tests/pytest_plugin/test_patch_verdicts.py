"""What pytest calls a verdict, and the conclusion on a patch (pure)."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Comparison, Outcome, Red, SeriesKind, TestResult, TestVerdict, Verdict
from harness.pytest_plugin.items import ItemFailedError
from harness.pytest_plugin.pairs import conclude_pair, describe_conclusion, read_shared, write_shared
from harness.report.record import SeriesReport


def verdict(kind: Verdict, red: Red | None = None, note: str = "") -> TestVerdict:
    base, patched = (
        TestResult("a.ll", outcome, 0.1) for outcome in (Outcome.PASS, Outcome.FAIL if red else Outcome.PASS)
    )
    return TestVerdict("a.ll", kind, base, patched, note, red=red)


def series(*verdicts: TestVerdict, differences: dict[str, str] | None = None) -> SeriesReport:
    reasons = tuple(f"{one.red.value}: {one.name}" for one in verdicts if one.red)
    found = Comparison(verdicts, (), not reasons, reasons)
    return SeriesReport("p", "P", SeriesKind.FIX, found, differences=differences or {})


def ending(one: TestVerdict) -> str:
    """What pytest calls it, and what it shows."""
    try:
        conclude_pair(one, series(one, differences={"a.ll": "-nop\n+ret"} if one.note else {}), "pytest a")
    except (pytest.skip.Exception, pytest.xfail.Exception) as raised:
        return f"{type(raised).__name__}: {raised.msg}"
    except ItemFailedError as raised:
        return f"failed: {raised}"
    return "passed"


@pytest.mark.parametrize("kind", Verdict)
def test_a_red_verdict_fails(kind: Verdict) -> None:
    """Whatever it is: compare.py says what is red."""
    assert ending(verdict(kind, Red.OWN)).startswith(
        f"failed: {kind.value}\n  base: passes\n  patched: fails\n"
    )


def test_every_verdict_that_is_not_red() -> None:
    found = {kind: ending(verdict(kind)) for kind in Verdict if kind.red is None}
    assert found == {
        Verdict.FIXED: "passed",
        Verdict.REWRITTEN: "passed",
        Verdict.PASSES: "passed",
        Verdict.VACUOUS: "passed",
        Verdict.STILL_FAILING: "XFailed: already failing on base: still-failing",
        Verdict.FAILS_DIFFERENTLY: "XFailed: already failing on base: fails-differently",
        Verdict.UNREACHED: "Skipped: unreached",
        Verdict.UNSUPPORTED: "Skipped: unsupported",
    }


def test_a_failure_has_the_evidence_and_the_command() -> None:
    assert ending(verdict(Verdict.FLAKY, Red.FLAKY, "base: PASS, FAIL")) == (
        "failed: flaky: base: PASS, FAIL\n  -nop\n  +ret\nrepeat: pytest a"
    )


def test_the_conclusion_is_a_line() -> None:
    good, bad = verdict(Verdict.PASSES), verdict(Verdict.REGRESSED, Red.REGRESSED)
    assert describe_conclusion(series(good)) == "OK (1 passes)"
    assert describe_conclusion(series(bad)) == "NOT OK: regressed: a.ll (1 regressed)"


def test_workers_read_what_one_of_them_found(tmp_path: Path) -> None:
    left: list[SeriesReport | str] = [series(verdict(Verdict.FIXED, note="n")), "no answer: why\n  more"]
    for number, found in enumerate(left):
        place = tmp_path / str(number)
        assert read_shared(place) is None
        write_shared(place, found)
        assert read_shared(place) == found

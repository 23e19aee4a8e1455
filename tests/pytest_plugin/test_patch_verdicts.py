"""What pytest calls a verdict, and the conclusion on a patch; who makes the check."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.model import Comparison, Outcome, Red, SeriesKind, TestResult, TestVerdict, Verdict
from harness.pytest_plugin.distribution import Distribution
from harness.pytest_plugin.items import ItemFailedError, NoAnswerError
from harness.pytest_plugin.pairs import Pairs, conclude_pair, describe_conclusion, read_shared, write_shared
from harness.pytest_plugin.suites import LitSession
from harness.report.record import SeriesReport
from harness.store import Store


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


def test_one_worker_makes_the_check_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They share a folder; without one, there is one process."""
    made: list[str] = []

    def check(_pairs: Pairs, column: str) -> SeriesReport | str:
        made.append(column)
        return series(verdict(Verdict.FIXED)) if column == "19" else "no answer: it does not apply"

    monkeypatch.setattr(Pairs, "_check", check)
    session = LitSession(Store(tmp_path), ("19", "22"), ())
    workers = [Pairs("p", session, 1, Distribution(("19", "22"), str(tmp_path))) for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda one: one.report("19"), workers))
    assert [one.verdicts[0].verdict for one in found] == [Verdict.FIXED] * 3
    for one in workers:
        with pytest.raises(NoAnswerError, match="no answer: it does not apply"):
            one.report("22")
    assert made == ["19", "22"]
    assert workers[0].known("22") == "no answer: it does not apply"
    alone = Pairs("p", session, 1, Distribution(("19",)))
    assert alone.known("19") is None
    alone.report("19")
    alone.report("19")
    assert made == ["19", "22", "19"]

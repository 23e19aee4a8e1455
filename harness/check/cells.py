"""Pure: what a check says of each series, and of a suite alone, as the result of a matrix's cell.

A cell is never greener than its check. It is `ok` exactly if the check is, and asks for exit code 0 otherwise
only where it is `already failing on base`:

- A series that does not apply, compile, link or start is `does not apply or build`. Any other error, such as
  base that does not build, says nothing about the series: `no answer`.
- A regression, and a test that the series brings and that fails with it, `fails`. So does a claim that its
  tests refute. A fix is to mend a test that fails on base: where that still fails, the fix does not work.
- What nothing shows is `unproven`: no effect that is not meant, code that is not judged, no test that gets
  there, a test without an answer or run on one side only, a claim about a test that passes without it.
- If the only thing wrong is that tests are flaky, or claims about these, the series is `flaky`.
- A mutant whose claims are all about tests that fail on base and fail alike with it is `already failing on
  base`: such tests cannot tell it. Nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from harness.cell import Cell, CellResult, CellState, CellTest
from harness.errors import EXIT_PATCH, Failure
from harness.model import (
    ClaimKind,
    ClaimResult,
    Comparison,
    Outcome,
    Red,
    Run,
    SeriesKind,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.printable import one_line
from harness.report.record import CheckReport, SeriesReport, is_suite_ok

# Of all that is wrong with a cell, the first is said.
_WORST_FIRST = (CellState.FAILS, CellState.UNPROVEN, CellState.FLAKY)
_NO_FAILURES: Mapping[str, str] = MappingProxyType({})
_NAMES_SHOWN = 5
_LONGEST = 300


def cell_results(report: CheckReport, like: Cell) -> tuple[CellResult, ...]:
    """What came of each series of a check, and of its suite alone. `like` is what their cells share.

    The report is one that `check` made: the JSON does not keep what kind a failure is.
    """
    found = [series_result(one, replace(like, series=one.name)) for one in report.series]
    if report.suite is not None:
        found.append(suite_result(report.suite, replace(like, series=""), report.failures))
    return tuple(replace(one, llvm_version=report.llvm_version) for one in found)


def series_result(one: SeriesReport, cell: Cell) -> CellResult:
    """What came of a series. The time is that of its builds and tests."""
    return CellResult(
        cell,
        _find_state(one),
        _one_line("; ".join(one.grounds)),
        tests=tuple(_make_test(one, verdict) for verdict in one.verdicts),
        seconds=sum(build.seconds for build in one.builds) + one.base_seconds + one.patched_seconds,
    )


def suite_result(run: Run, cell: Cell, failures: Mapping[str, str] = _NO_FAILURES) -> CellResult:
    """What came of a suite alone, expectations applied. `failures` say of red tests why they are."""
    red = [result.name for result in run.results if result.outcome.is_red]
    without = [result.name for result in run.results if result.outcome is Outcome.UNRESOLVED]
    if is_suite_ok(run):
        state, reason = CellState.OK, ""
    elif not red:
        state, reason = CellState.UNPROVEN, "no test ran"
    elif red == without:
        state, reason = CellState.UNPROVEN, f"no answer from {_count(red, run)}"
    else:
        state, reason = CellState.FAILS, f"{_count(red, run)} red"
    tests = tuple(
        CellTest(one.name, one.outcome, seconds=one.elapsed, why=_explain(one, failures))
        for one in run.results
    )
    return CellResult(cell, state, reason, tests=tests, seconds=run.elapsed)


def error_result(failure: Failure, cell: Cell) -> CellResult:
    """What came of a cell that an error ended."""
    return CellResult(cell, _error_state(failure), _one_line(failure.split("\n", 1)[0]))


def _error_state(failure: Failure) -> CellState:
    return CellState.DOES_NOT_BUILD if failure.exit_code == EXIT_PATCH else CellState.NO_ANSWER


def _find_state(one: SeriesReport) -> CellState:
    if one.error:
        return _error_state(one.error)
    if one.ok:
        return CellState.OK
    if _is_untold(one):
        return CellState.ALREADY_FAILING
    found = set(_wrong(one))
    return next((state for state in _WORST_FIRST if state in found), CellState.UNPROVEN)


def _wrong(one: SeriesReport) -> Iterator[CellState]:
    """What each thing that is wrong with a series that was compared makes of it."""
    comparison = one.comparison
    if comparison is None:
        return
    if _is_unshown(one, comparison):
        yield CellState.UNPROVEN
    red = [verdict for verdict in one.verdicts if verdict.red is not None]
    yield from map(_of_red, red)
    known = {verdict.name: verdict for verdict in one.verdicts}
    for result in one.claims:
        if result.checked and not result.held:
            yield from _of_claim(result, known)
    ran = any(v.verdict is Verdict.UNREACHED or _ran_on_both(v) for v in one.verdicts)
    if one.kind is SeriesKind.MUTANT and not (one.claims or comparison.ok or red) and ran:
        yield CellState.FAILS  # no test notices it, or one notices an equivalent one


def _is_unshown(one: SeriesReport, comparison: Comparison) -> bool:
    """Whether something is wrong besides what the comparison says: what nothing shows or judges."""
    return bool(set(one.reasons) - set(comparison.reasons))


def _of_red(one: TestVerdict) -> CellState:
    """What a red test makes of the series."""
    if one.red is Red.FLAKY:
        return CellState.FLAKY
    failed = one.red is Red.REGRESSED or (one.red is Red.OWN and one.patched.outcome.ran)
    return CellState.FAILS if failed else CellState.UNPROVEN


def _of_claim(result: ClaimResult, known: Mapping[str, TestVerdict]) -> Iterator[CellState]:
    """What a claim that does not hold makes of its series."""
    verdicts = [known[name] for name in result.tests if name in known]
    against = [one for one in verdicts if not _bears_out(result.claim.kind, one)]
    if not verdicts:
        yield CellState.UNPROVEN  # no test of that name
    elif not against:
        yield CellState.FAILS  # it breaks them in another way than it says
    yield from (_of_objection(one) for one in against)


def _bears_out(kind: ClaimKind, one: TestVerdict) -> bool:
    return one.is_broken if kind is ClaimKind.BREAKS else Verdict.FIXED in {one.verdict, one.renewed}


def _of_objection(one: TestVerdict) -> CellState:
    """What a test that does not bear a claim out makes of the series."""
    if one.verdict is Verdict.FLAKY:
        return CellState.FLAKY
    silent = {Verdict.VACUOUS, Verdict.UNREACHED, Verdict.UNSUPPORTED, Verdict.UNRESOLVED}
    return CellState.UNPROVEN if one.verdict in silent else CellState.FAILS


def _is_untold(one: SeriesReport) -> bool:
    """Whether all that is wrong is that the tests which a mutant claims to break fail on base, and alike."""
    comparison = one.comparison
    if one.kind is not SeriesKind.MUTANT or comparison is None or _is_unshown(one, comparison):
        return False
    if any(verdict.red is not None for verdict in one.verdicts) or not one.claims:
        return False
    known = {verdict.name: verdict.verdict for verdict in one.verdicts}
    return all(
        result.checked
        and result.claim.kind is ClaimKind.BREAKS
        and bool(result.tests)
        and all(known.get(name) is Verdict.STILL_FAILING for name in result.tests)
        for result in one.claims
    )


def _ran_on_both(one: TestVerdict) -> bool:
    return one.base.outcome.ran and one.patched.outcome.ran


def _make_test(series: SeriesReport, one: TestVerdict) -> CellTest:
    listed = not one.verdict.is_trivial or one.red is not None or bool(one.gone)
    said = series.remark(one) or ("" if one.patched.passed else one.patched.ending)
    return CellTest(
        *(one.name, one.patched.outcome, one.base.outcome, one.verdict, one.patched.elapsed),
        why=_one_line(said) if listed else "",
    )


def _explain(result: TestResult, failures: Mapping[str, str]) -> str:
    """Why a test of a suite alone is red, in a line."""
    if not result.outcome.is_red:
        return ""
    if result.signature is not None:
        return _one_line(result.ending)
    lines = (line.strip() for line in failures.get(result.name, "").splitlines())
    return _one_line(next(filter(None, lines), result.ending))


def _count(red: list[str], run: Run) -> str:
    """`2 of 331 tests (X86/a.ll, X86/b.ll)`."""
    names = ", ".join(red[:_NAMES_SHOWN]) + (" and more" if len(red) > _NAMES_SHOWN else "")
    return f"{len(red)} of {len(run.results)} tests ({names})"


def _one_line(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."

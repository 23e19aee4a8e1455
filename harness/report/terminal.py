"""The report as a person reads it: on a terminal in colour, in a log as plain lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.model import Outcome, Run, TestResult, TestVerdict, Verdict
from harness.printable import one_line, printable, tail
from harness.report.changes import SilentChanges
from harness.report.coverage import describe_coverage, percentage
from harness.report.lines import TableCell, write_line, write_table
from harness.report.record import (
    CheckReport,
    SeriesReport,
    describe_build,
    describe_claim,
    describe_counts,
    folder_of,
    is_suite_ok,
    list_lacking,
    tally,
)

if TYPE_CHECKING:
    from rich.console import Console

_TAIL = 20


def write(report: CheckReport, console: Console, changes: int = 0) -> None:
    """Print the whole report, the summary last, and of each series so many changes that no test notices."""
    write_line(console, f"LLVM {report.llvm_version}, {report.toolchain} ({report.provenance})")
    assertions = "assertions enabled" if report.assertions else "no assertions"
    write_line(console, f"builder {report.builder}, {assertions}")
    if report.enclosure:
        write_line(console, report.enclosure, "" if report.is_enclosed else "bold yellow")
    for remark in report.remarks:
        write_line(console, f"note: {remark}", "yellow")
    for series in report.series:
        write_line(console)
        _series(series, console, changes)
    if report.suite is not None:
        write_line(console)
        _suite(report, report.suite, console)
    if report.series:
        write_line(console)
        _summary(report.series, console)
    write_line(console)
    proviso = f"; {report.proviso}" if report.proviso else ""
    write_line(
        console, f"{'OK' if report.ok else 'NOT OK'} in {report.seconds:.1f} s{proviso}", _of(report.ok)
    )


def _of(ok: bool) -> str:
    return "bold green" if ok else "bold red"


def _series(series: SeriesReport, console: Console, changes: int) -> None:
    write_line(console, f"{series.kind.value} {series.name}: {series.title}", "bold")
    for remark in series.remarks:
        write_line(console, f"  note: {remark}", "yellow")
    for line in series.reach.lines if series.reach is not None else ():
        write_line(console, f"  {line}")
    _verdicts(series, console)
    if series.silent is not None:
        _silent(series.silent, console, changes)
    for result in series.claims:
        number = f"{len(result.tests)} test{'' if len(result.tests) == 1 else 's'}"
        if result.held:
            write_line(console, f"  claim holds: {describe_claim(result.claim)} ({number})", "green")
        elif not result.checked:
            write_line(
                console, f"  claim not checked: {describe_claim(result.claim)}: {result.why}", "yellow"
            )
        else:
            write_line(console, f"  claim does not hold: {describe_claim(result.claim)}: {result.why}", "red")
    for line in describe_coverage(series.coverage) if series.coverage is not None else ():
        write_line(console, f"  {line}", "yellow" if line.startswith("coverage unknown") else "")
    for build in series.builds:
        write_line(console, f"  build {build.name}: {describe_build(build)}")
        for note in build.notes:
            write_line(console, f"    note: {note}", "yellow")
    if series.comparison is not None:
        write_line(
            console, f"  tests: base {series.base_seconds:.1f} s, patched {series.patched_seconds:.1f} s"
        )
    for line in series.error.splitlines():
        write_line(console, f"  {line}", "red")
    write_line(console, series.conclusion, _of(series.ok))


def _verdicts(series: SeriesReport, console: Console) -> None:
    """The verdicts worth a line with their evidence, then how many there are of the others."""
    notable = series.notable
    if notable:
        head = tuple((name, "") for name in ("test", "base", "patched", "verdict", ""))
        write_table(console, [head, *(_row(series, v) for v in notable)], "  ")
    # One bug usually shows in many tests: the same evidence is told once, with all their names.
    shared: dict[str, list[str]] = {}
    for v in notable:
        shared.setdefault(series.difference(v.name), []).append(v.name)
    shared.pop("", None)
    for evidence, names in shared.items():
        for name in names:
            write_line(console, f"  {name}{':' if name == names[-1] else ','}")
        _evidence(evidence, console)
    listed = Counter(v.verdict for v in notable)
    rest = [(v, left) for v, number in series.counts if (left := number - listed[v])]
    if rest:
        write_line(console, f"  {describe_counts(rest)}")
    for line in list_lacking(v.patched for v in series.verdicts if v.verdict is Verdict.UNSUPPORTED):
        write_line(console, f"  not run: {line}", "yellow")


def _evidence(text: str, console: Console) -> None:
    for line in printable(text).split("\n"):
        write_line(console, f"    {line}", {"-": "red", "+": "green"}.get(line[:1], ""))


def _silent(silent: SilentChanges, console: Console, changes: int) -> None:
    """How many tests pass though the tools wrote something else; and some of it."""
    for line in silent.lines:
        write_line(console, f"  {line}", "yellow")
    for change in silent.changes[:changes]:
        write_line(console, f"  {one_line(change.title)}")
        _evidence(change.diff, console)
    if changes and (left := silent.left_of(changes)):
        write_line(console, f"  and {left} more")


def _row(series: SeriesReport, v: TestVerdict) -> tuple[TableCell, ...]:
    meant = v.name in series.meant_to_break
    plain = "yellow" if v.gone and v.verdict.is_trivial else v.verdict.style
    style = "green" if meant else "red" if v.red else plain
    return (
        (v.name, ""),
        (v.base.outcome.value, ""),
        (v.patched.outcome.value, ""),
        (v.verdict.value, style),
        (series.remark(v), ""),
    )


def _suite(report: CheckReport, run: Run, console: Console) -> None:
    """A run without a patch: how many tests in each folder, and of each outcome, then every red test."""
    counts: dict[str, Counter[Outcome]] = {}
    for result in run.results:
        counts.setdefault(folder_of(result.name), Counter())[result.outcome] += 1
    used = [outcome for outcome in Outcome if any(c[outcome] for c in counts.values())]
    write_line(console, f"suite on {run.toolchain}: {len(run.results)} tests in {run.elapsed:.1f} s", "bold")
    if counts:
        head = [("folder", ""), ("tests", ""), *((outcome.value, "") for outcome in used)]
        rows = [
            [(f, ""), (str(c.total()), ""), *((str(c[o]), "red" if c[o] and o.is_red else "") for o in used)]
            for f, c in counts.items()
        ]
        write_table(console, [head, *rows], "  ")
    shared: dict[str, list[TestResult]] = {}
    for result in run.results:
        if result.outcome.is_red:
            why = report.failure(result) or tail(result.output, _TAIL)
            shared.setdefault(why, []).append(result)
    for why, results in shared.items():
        for result in results:
            write_line(console, f"  {result.outcome.value} {result.name}", "red")
        for line in why.split("\n") if why else ():
            write_line(console, f"    {line}")
    for line in list_lacking(run.results):
        write_line(console, f"  not run: {line}", "yellow")
    write_line(console, "OK" if is_suite_ok(run) else "NOT OK", _of(is_suite_ok(run)))


def _summary(all_series: Sequence[SeriesReport], console: Console) -> None:
    """One row per series."""
    measured = any(series.coverage is not None for series in all_series)
    extra = ("coverage",) if measured else ()
    heads = ("series", "kind", "fixed", "regressed", "claims", *extra, "build", "tests", "")
    rows: list[tuple[TableCell, ...]] = [tuple((head, "") for head in heads)]
    for series in all_series:
        counts = dict(series.counts)
        held, claims, more = tally(series)
        rows.append(
            (
                (series.name, ""),
                (series.kind.value, ""),
                (str(counts.get(Verdict.FIXED, 0)), ""),
                (str(counts.get(Verdict.REGRESSED, 0)), ""),
                (f"{held}/{claims}{more}", ""),
                *([(percentage(series.coverage), "")] if measured else []),
                (f"{sum(build.seconds for build in series.builds):.1f} s", ""),
                (f"{series.base_seconds + series.patched_seconds:.1f} s", ""),
                (series.result.value, _of(series.ok)),
            )
        )
    write_table(console, rows)

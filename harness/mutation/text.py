"""The mutation score as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.mutation.score import Fate, MutantReport, MutationReport
from harness.printable import one_line, printable
from harness.report.changes import SilentChanges
from harness.report.lines import TableCell, write_line, write_table

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {Fate.KILLED: "green", Fate.EQUIVALENT: "", Fate.SURVIVED: "bold red"}
_NAMES_SHOWN = 3


def write(report: MutationReport, console: Console) -> None:
    """Print one row per mutant, then what is wrong with which, the score last."""
    write_line(console, f"LLVM {report.llvm_version}, {report.toolchain} ({report.provenance})")
    if report.pattern:
        write_line(console, f"only tests that match {report.pattern}", "yellow")
    write_line(console)
    head = tuple((name, "") for name in ("mutant", "", "tests", ""))
    write_table(console, [head, *(_row(mutant) for mutant in report.mutants)])
    write_line(console)
    for mutant in report.mutants:
        _remarks(mutant, console)
    style = "bold green" if report.ok else "bold red"
    write_line(console, f"{'OK' if report.ok else 'NOT OK'} in {report.seconds:.1f} s", style)
    write_line(console, str(report.score), style)


def _row(mutant: MutantReport) -> tuple[TableCell, ...]:
    broken = mutant.trial.broken if mutant.trial else ()
    names = [v.name for v in broken[:_NAMES_SHOWN]]
    more = f" and {len(broken) - len(names)} more" if len(broken) > len(names) else ""
    what = ", ".join(names) + more
    if mutant.fate is Fate.EQUIVALENT:
        what = mutant.equivalent
    style = _STYLES.get(mutant.fate, "bold red") if mutant.ok else "bold red"
    return ((mutant.name, ""), (mutant.fate.value, style), (str(len(broken) or ""), ""), (what, ""))


def _remarks(mutant: MutantReport, console: Console) -> None:
    """What is wrong with a mutant, and which of its tests cannot be relied on."""
    flaky = mutant.trial.flaky if mutant.trial else ()
    silent = mutant.trial.silent if mutant.trial else None
    if not (mutant.reasons or flaky or silent):
        return
    write_line(console, f"{mutant.name}:", "bold")
    for reason in mutant.reasons:
        write_line(console, f"  {reason}", "red")
    for verdict in flaky:
        write_line(console, f"  flaky, kills nothing: {verdict.name} ({verdict.note})", "yellow")
    if silent is not None:
        _silent(silent, console)
    write_line(console)


def _silent(silent: SilentChanges, console: Console) -> None:
    """What tools write differently though the tests pass: there a check is missing."""
    for line in silent.lines:
        write_line(console, f"  {line.partition(': --show-changes')[0]}", "yellow")
    for change in silent.changes:
        write_line(console, f"  {one_line(change.title)}")
        for line in printable(change.diff).split("\n"):
            write_line(console, f"    {line}")
    if silent.more:
        write_line(console, f"  and {silent.more} more")

"""`harness history`: what earlier runs say."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.cli import options, reports
from harness.console.say import say_report
from harness.errors import UsageError
from harness.history.run import history_place

if TYPE_CHECKING:
    from harness.cell import CellResult
    from harness.history.queries import Queries
    from harness.history.run import RecordedRun
    from harness.history.show import Rows
    from harness.history.timeline import Durations, FirstBad, FlakyTest

F = TypeVar("F", bound=Callable[..., Any])
BY = ("run", "cell", "series", "test")


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """The JSON of one command; the fields of the others are empty."""

    version: int
    runs: tuple[RecordedRun, ...] = ()
    cells: tuple[CellResult, ...] = ()
    first_bad: tuple[FirstBad, ...] = ()
    flaky: tuple[FlakyTest, ...] = ()
    durations: tuple[Durations, ...] = ()


@click.group("history", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show earlier runs, since when something is bad, what is flaky, and how long it takes.

    Patterns may have * and ?, and are of whole names: 'a-fix [llvm-19]', 'suite*', 'X86/*'.
    """


def _asked(default: int) -> Callable[[F], F]:
    """`--limit N --since WHEN --history WHERE --json FILE --store DIR`."""

    def add(function: F) -> F:
        for option in (
            options.store,
            options.record,
            options.history,
            click.option("--since", metavar="WHEN", help="Only runs since then: 2026-11-30, 36h, 7d or 4w."),
            click.option(
                *("--limit", "-n"),
                type=click.IntRange(1),
                default=default,
                show_default=True,
                metavar="N",
                help="Show the first N.",
            ),
        ):
            function = option(function)
        return function

    return add


@command.command("runs")
@click.option("--kind", type=click.Choice(("matrix", "check", "pytest")), help="Only runs of this kind.")
@_asked(20)
def runs(kind: str | None, limit: int, **asked: Any) -> None:
    """List the newest runs, with how their cells ended."""
    from harness.history.show import show_runs

    with _open(**asked) as history:
        found = history.queries.list_runs(limit, kind or "")
    history.deliver([show_runs(found)] if found else ["no run is recorded"], runs=found)


@command.command("show")
@click.argument("run", type=click.IntRange(1), required=False)
@click.option("--cell", "cells", default="*", metavar="PATTERN", help="Only cells of these names.")
@_asked(1000)
def show(run: int | None, cells: str, limit: int, **asked: Any) -> None:
    """Show a RUN, the newest by default: its machine, and every cell."""
    from harness.history.show import show_cells, show_run
    from harness.history.text import matches

    with _open(**asked) as history:
        found = history.queries.find_run(run)
        if found is None:
            which = "no run" if run is None else f"no run {run}"
            raise UsageError(f"{which} in the history {history.name}", "list them: harness history runs")
        results = history.queries.read_run(found.number)
    chosen = [one for one in results if matches(one.cell.name, cells)][:limit]
    shown: list[str | Rows] = [*show_run(found)]
    if chosen:
        shown += ["", show_cells(found, chosen)]
    history.deliver(shown, runs=(found,), cells=tuple(chosen))


@command.command("first-bad")
@click.argument("cell", default="*")
@click.option("--test", metavar="PATTERN", default="", help="Tests in these cells, instead of the cells.")
@_asked(50)
def first_bad(cell: str, test: str, limit: int, **asked: Any) -> None:
    """Say since which run a CELL is bad, or a test in it, and which identities changed with it.

    Lists what is bad in the newest run that says anything of it.
    """
    from harness.history.show import show_first_bad

    with _open(**asked) as history:
        found = history.queries.find_first_bad(cell, test)[:limit]
        if not found:
            history.require_cell(cell)
            history.require_test(test or "*")
    history.deliver([show_first_bad(found)] if found else ["nothing is bad"], first_bad=found)


@command.command("flaky")
@click.argument("test", default="*")
@_asked(50)
def flaky(test: str, limit: int, **asked: Any) -> None:
    """List the tests that did one thing and another with the same identities, and how often they fail."""
    from harness.history.show import show_flaky

    with _open(**asked) as history:
        found = history.queries.find_flaky(test)[:limit]
        if not found:
            history.require_test(test)
    history.deliver([show_flaky(found)] if found else ["nothing is flaky"], flaky=found)


@command.command("durations")
@click.argument("name", default="*")
@click.option("--by", type=click.Choice(BY), default="test", show_default=True, help="Of what.")
@_asked(30)
def durations(name: str, by: str, limit: int, **asked: Any) -> None:
    """Say how long runs, cells, series or tests of a NAME take, and whether that changed; the slowest first.

    Only what a run evaluated counts, not what was known before.
    """
    from harness.history.show import show_durations
    from harness.history.timeline import sort_slowest

    with _open(**asked) as history:
        found = tuple(sort_slowest(history.queries.find_durations(by, name))[:limit])
    history.deliver([show_durations(found)] if found else ["nothing was evaluated"], durations=found)


@dataclass(slots=True)
class _Opened:
    """An open history, and where its answer goes."""

    name: str
    queries: Queries
    json_file: Path | None

    def require_cell(self, pattern: str) -> None:
        """Raise UsageError if no cell has such a name: nothing is said of it then."""
        if pattern != "*" and not self.queries.count_cells(pattern):
            raise UsageError(
                f"no cell in the history {self.name} is called {pattern}",
                "harness history show lists the cells of a run",
            )

    def require_test(self, pattern: str) -> None:
        """Raise UsageError if no test has such a name."""
        if pattern != "*" and not self.queries.count_tests(pattern):
            raise UsageError(
                f"no test in the history {self.name} is called {pattern}",
                "give its path in its suite, such as 'X86/*'",
            )

    def deliver(
        self,
        shown: Sequence[str | Rows],
        **found: Any,
    ) -> None:
        """Print lines and tables, and write the record."""
        from harness.report import wire
        from harness.report.lines import write_parts

        record = HistoryRecord(wire.VERSION, **found)
        show = partial(write_parts, parts=shown)
        reports.deliver(lambda: say_report(show), [(self.json_file, lambda: wire.encode(record))])


@contextmanager
def _open(
    since: str | None, history: str | None, json_file: Path | None, store_root: Path | None
) -> Iterator[_Opened]:
    from harness.history.database import open_database
    from harness.history.queries import Queries

    start = parse_since(since, time.time()) if since else 0.0
    reports.require({"--json": json_file})
    place = history_place(history, options.open_store(store_root))
    if place is None:
        raise UsageError("--history none: there is nothing to show", "name a file or URL")
    if "://" not in str(place) and not Path(place).exists():
        raise UsageError(
            f"no run is recorded in {place} yet", "run harness matrix or harness check, or name another file"
        )
    database = open_database(place)
    try:
        yield _Opened(database.name, Queries(database, start), json_file)
    finally:
        database.close()


def parse_since(text: str, now: float) -> float:
    """The seconds since 1970 of `2026-11-30` or `7d`. Raises UsageError."""
    if (age := options.parse_age(text)) is not None:
        return now - age
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f"--since {text}: not a time", "give 2026-11-30, 36h, 7d or 4w") from None

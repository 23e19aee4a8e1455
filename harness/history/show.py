"""Pure: what the history answers, as rows of a table. The first row is the head; a cell has a style."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from harness.cell import CellResult
from harness.history.run import RecordedRun
from harness.history.timeline import Durations, FirstBad, FlakyTest, Sighting

Row = Sequence[tuple[str, str]]
Rows = Sequence[Row]
_SLOWER = 1.2


def show_runs(runs: Sequence[RecordedRun]) -> Rows:
    """One run a row."""
    head = "run", "began", "kind", "exit", "took", "cells", "machine", "harness", "command"
    return [
        _plain(*head),
        *(
            [
                *_plain(str(run.number), show_time(run.begun), run.info.kind),
                _exit_code(run),
                *_plain(_took(run), show_states(run), run.info.machine, run.info.harness, run.info.command),
            ]
            for run in runs
        ),
    ]


def show_run(run: RecordedRun) -> list[str]:
    """What is known of a run besides its cells, in lines."""
    info = run.info
    memory = f"{info.memory / 2**30:.0f} GiB"
    return [
        f"run {run.number}: {info.command}",
        f"{info.kind}, began {show_time(run.begun)}, took {_took(run)}, {_exit_code(run)[0]}",
        f"{info.machine}: {info.cpus} processors, {memory}, {info.system}",
        f"harness {info.harness}, Python {info.python}",
        show_states(run),
    ]


def show_cells(run: RecordedRun, results: Sequence[CellResult]) -> Rows:
    """One cell of a run a row."""
    rows = [_plain("cell", "state", "tests", "took", "")]
    for one in sorted(results, key=lambda one: one.cell.name):
        known = "known before" if one.begun and one.begun < run.begun else ""
        rows.append(
            [
                (one.cell.name, ""),
                (one.text, one.state.style),
                *_plain(str(len(one.tests) or ""), _seconds(one.seconds), known),
            ]
        )
    return rows


def show_first_bad(found: Sequence[FirstBad]) -> Rows:
    """Since when something is bad, a row each."""
    rows = [_plain("what", "bad since", "good in", "what changed", "says now")]
    for one in found:
        what = f"{one.cell}: {one.test}" if one.test else one.cell
        same = "no identity: look at the machine, or for a flaky test"
        changed = ", ".join(one.changed) or (same if one.good is not None else "")
        good = _sighting(one.good) if one.good is not None else "never"
        rows.append(
            [*_plain(what, _sighting(one.bad), good, changed), (one.last.said, "red")],
        )
    return rows


def show_flaky(found: Sequence[FlakyTest]) -> Rows:
    """A test that varies, a row each."""
    rows = [_plain("test", "fails", "of runs", "rate", "cells")]
    for one in found:
        rate = f"{100 * one.rate:.0f} %"
        rows.append(_plain(one.test, str(one.failed), str(one.runs), rate, ", ".join(one.cells)))
    return rows


def show_durations(found: Sequence[Durations]) -> Rows:
    """How long something takes, a row each."""
    rows = [_plain("name", "runs", "median", "last", "change")]
    for one in found:
        growth = one.growth
        change = "" if growth is None else f"{100 * (growth - 1):+.0f} %"
        slower = growth is not None and growth > _SLOWER
        rows.append(
            [
                *_plain(one.name, str(len(one.points)), _seconds(one.median), _seconds(one.last)),
                (change, "yellow" if slower else ""),
            ]
        )
    return rows


def show_time(seconds: float) -> str:
    """A time on the clock of this machine: `2026-11-30 11:20`."""
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def show_states(run: RecordedRun) -> str:
    """`12 ok, 1 fails`."""
    return ", ".join(f"{number} {state}" for state, number in run.states.items()) or "no cells"


def _exit_code(run: RecordedRun) -> tuple[str, str]:
    if run.exit_code is None:
        return "not finished", "yellow"
    return f"exit {run.exit_code}", "red" if run.exit_code else "green"


def _took(run: RecordedRun) -> str:
    return _seconds(run.finished - run.begun) if run.finished is not None else "?"


def _sighting(one: Sighting) -> str:
    return f"run {one.run} ({show_time(one.begun)})"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 or not seconds else f"{1000 * seconds:.0f} ms"


def _plain(*texts: str) -> list[tuple[str, str]]:
    return [(text, "") for text in texts]

"""One run on the history: what a matrix asks of those before it, and records of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.cell import Cell, CellResult
from harness.history.history import History, open_history
from harness.history.run import RunInfo


class CurrentRun:
    """A run that is going on, by its number. It is finished with its exit code, or stays unfinished."""

    def __init__(self, history: History, info: RunInfo) -> None:
        self.history = history
        self.kind = info.kind
        self.number = history.begin(info)

    def find_known(self, keys: Sequence[str]) -> dict[str, CellResult]:
        """The answers that earlier runs gave, by their keys."""
        return self.history.find_known(keys)

    def find_flaky(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The tests that did one thing and another with the same key."""
        return self.history.find_flaky(keys)

    def find_durations(self, cells: Sequence[Cell]) -> dict[str, float]:
        """How long cells took when they were evaluated last, in seconds, by their names."""
        return {cell.name: seconds for cell, seconds in self.history.find_durations(cells).items()}

    def find_last(self) -> tuple[str, tuple[CellResult, ...]]:
        """What the last finished run of this kind is called, and its cells; an empty name without any."""
        number = self.history.find_last_number(self.kind, self.number)
        return ("", ()) if number is None else (f"run {number}", self.history.read_run(number))

    def claim(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of the keys that no other run is evaluating: this one is now."""
        return self.history.claim(keys, self.number)

    def release(self, key: str) -> None:
        """This run no longer evaluates the key."""
        self.history.release(key, self.number)

    def record(self, result: CellResult, *, known: bool = False) -> None:
        """Keep what came of a cell. Whether its answer was `known` shows in the answer itself."""
        self.history.record(self.number, result)

    def finish(self, exit_code: int) -> None:
        """The run is over."""
        self.history.finish(self.number, exit_code)


@contextmanager
def open_run(where: str | Path, info: RunInfo) -> Iterator[CurrentRun]:
    """A new run on the history at a path or URL."""
    with open_history(where) as history:
        yield CurrentRun(history, info)

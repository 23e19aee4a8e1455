"""A matrix in the history: what earlier runs came to, and this run recorded as it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.cell import Cell, CellResult
from harness.history.history import History, open_history
from harness.history.run import describe_run

KIND = "matrix"


@dataclass(slots=True)
class KeptRun:
    """One run of a matrix in a history."""

    history: History
    number: int

    def find_known(self, keys: Sequence[str]) -> Mapping[str, CellResult]:
        """The answers that earlier runs gave, by their keys."""
        return self.history.find_known(keys)

    def find_flaky(self, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The tests that did one thing and another with the same key."""
        return self.history.find_flaky(keys)

    def find_last(self, cells: Sequence[Cell]) -> Mapping[Cell, CellResult]:
        """What each cell came to in the last run before this one that had it."""
        return self.history.find_last(cells, KIND, self.number)

    def claim(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of the keys that no other run is evaluating: this one is now."""
        return self.history.claim(keys, self.number)

    def release(self, key: str) -> None:
        """This run no longer evaluates the key."""
        self.history.release(key, self.number)

    def record(self, result: CellResult) -> None:
        """Keep what came of a cell."""
        self.history.record(self.number, result)

    def finish(self, exit_code: int) -> None:
        """The run is over."""
        self.history.finish(self.number, exit_code)


@contextmanager
def keep_run(where: str | Path | None) -> Iterator[KeptRun | None]:
    """A run that is recorded at a path or URL from its beginning on, or nowhere. The caller finishes it."""
    if where is None:
        yield None
        return
    with open_history(where) as history:
        yield KeptRun(history, history.begin(describe_run(KIND)))

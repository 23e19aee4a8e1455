"""What every executor offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from harness.cell import CellResult
from harness.matrix.task import CellTask

Done = Callable[[CellTask, CellResult], None]
# Told of a cell and what it is doing, from any thread.
Tell = Callable[[CellTask, str], None]


class Executor(Protocol):
    """Where cells are evaluated."""

    @property
    def name(self) -> str:
        """What `--executor` calls it."""

    @property
    def at_once(self) -> int:
        """How many cells run at once, as far as it is known before."""

    def run(self, tasks: Sequence[CellTask], done: Done, tell: Tell) -> None:
        """Evaluate all tasks, each once. `done` is called exactly once for each, from this thread.

        Raises EnvironmentLacksError if there is nothing to run them on.
        """

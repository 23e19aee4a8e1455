"""How long the rest takes, from how long the tests so far have taken."""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.progress import Progress

# Before so many tests have run, their time says little.
_FIRST = 50


class Estimating:
    """Progress over several runs of tests, `total` tests in all, with what the rest takes."""

    def __init__(self, progress: Progress, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._total = total
        self._clock = clock
        self._begun = clock()
        self._left = 0
        self._ran = 0
        self._running = 0

    def step(self, text: str) -> None:
        """As the progress behind it."""
        self._progress.step(text)

    def tick(self, done: int, total: int, what: str) -> None:
        """As the progress behind it, and what the rest of all takes."""
        self._running = done
        self._progress.tick(done, total, f"{what}{self._rest()}")

    def leave(self, tests: int) -> None:
        """A folder of so many tests is done, or was there."""
        self._left += tests
        self._ran += tests if self._running else 0
        self._running = 0

    def _rest(self) -> str:
        ran = self._ran + self._running
        rest = self._total - self._left - self._running
        if ran < _FIRST or rest <= 0:
            return ""
        seconds = (self._clock() - self._begun) / ran * rest
        return f"; about {seconds / 60:.0f} min left" if seconds >= 60 else f"; about {seconds:.0f} s left"

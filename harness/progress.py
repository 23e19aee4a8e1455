"""What long steps tell while they run; the command line decides how it looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of every step, and of how far a counted step is."""

    def step(self, text: str) -> None:
        """A new step begins."""

    def tick(self, done: int, total: int, what: str) -> None:
        """`done` of `total` parts of the current step are finished; `what` is the latest."""


class Silent:
    """Nothing is shown (tests, CI)."""

    def step(self, text: str) -> None:
        """Ignore it."""

    def tick(self, done: int, total: int, what: str) -> None:
        """Ignore it."""

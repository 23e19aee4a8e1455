"""How progress looks: a live line on a terminal, plain lines elsewhere, nothing in CI."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.console.say import complain
from harness.printable import safe_line
from harness.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.status import Status

PLAIN_TICK_SECONDS = 10.0


class _Live:
    """A spinner with the current step, how far it is, and its seconds."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._text = ""
        self._start = time.monotonic()

    def step(self, text: str) -> None:
        self._text, self._start = text, time.monotonic()
        self._show("")

    def tick(self, done: int, total: int, what: str) -> None:
        self._show(f" [{done}/{total}] {what}")

    def _show(self, extra: str) -> None:
        from rich.text import Text

        seconds = time.monotonic() - self._start
        line = f"{self._text}{extra}"
        width = max(20, self._status.console.width - 14)
        self._status.update(Text(f"{safe_line(line)[:width]} ({seconds:.0f} s)"))


class _Plain:
    """A line for every step; for a long one, a line now and then."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def step(self, text: str) -> None:
        self._last = time.monotonic()
        complain(f"harness: {text}")

    def tick(self, done: int, total: int, what: str) -> None:
        if time.monotonic() - self._last > PLAIN_TICK_SECONDS:
            self._last = time.monotonic()
            complain(f"harness: [{done}/{total}] {what}")


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress]:
    """Progress on standard error for the time of the block."""
    if quiet or os.environ.get("CI"):
        yield Silent()
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield _Live(status)
    else:
        yield _Plain()

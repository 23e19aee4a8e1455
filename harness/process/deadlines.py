"""The deadlines of all children, watched by one thread: a timer for each would start a thread for each.

Starting a thread waits until it has run. In a worker that took more than half as long as starting the
program itself.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from harness.process import background

# No wait is longer, in seconds: the machine has a longest one.
_LONGEST = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Deadline:
    """What to do at a time of the monotonic clock."""

    at: float
    do: Callable[[], object]


class _Watcher:
    """The deadlines that are to come, and the thread that waits for the first of them."""

    def __init__(self) -> None:
        # Few: there is one for each child that runs.
        self.pending: set[Deadline] = set()
        # Both in C. An exception of a signal may leave a Condition, and so an Event, locked for ever.
        self.lock = threading.Lock()
        self.wake: SimpleQueue[None] = SimpleQueue()
        self.until = float("-inf")
        self.thread: threading.Thread | None = None

    def add(self, deadline: Deadline) -> None:
        """Watch one more; wakes the thread only if it would come too late for it."""
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self.thread.start()
            self.pending.add(deadline)
            if deadline.at < self.until:
                self.wake.put(None)

    def _watch(self) -> None:
        while True:
            self._do_due()
            wait = self.until - time.monotonic()
            with contextlib.suppress(Empty):
                self.wake.get(timeout=min(max(wait, 0), _LONGEST))

    def _do_due(self) -> None:
        """Do what is due, and set the time to wake up next. Nothing of it is held when this returns."""
        with self.lock:
            now = time.monotonic()
            due = [one for one in self.pending if one.at <= now]
            self.pending.difference_update(due)
            self.until = min((one.at for one in self.pending), default=float("inf"))
        for deadline in due:
            _do(deadline)


_watcher = _Watcher()


def _start_anew() -> None:
    """In a child of os.fork: its parent's children are not its own, and the thread is not there."""
    global _watcher  # noqa: PLW0603 - one of each process
    _watcher = _Watcher()


os.register_at_fork(after_in_child=_start_anew)


def _do(deadline: Deadline) -> None:
    """Do it elsewhere: killing takes its time, and another deadline may come meanwhile."""
    try:
        background.start(deadline.do)
    except RuntimeError:  # no room for a thread: better late than never
        deadline.do()


def set_deadline(seconds: float, do: Callable[[], object]) -> Deadline:
    """Do something in so many seconds, in another thread. Raises RuntimeError if there is no room for one."""
    deadline = Deadline(time.monotonic() + seconds, do)
    _watcher.add(deadline)
    return deadline


def cancel(deadline: Deadline) -> None:
    """Do not do it, unless it is being done."""
    with _watcher.lock:
        _watcher.pending.discard(deadline)

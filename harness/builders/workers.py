"""The same work on each of many items, several at once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Semaphore
from typing import TypeVar

from harness import process
from harness.progress import Progress

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Workers:
    """At most `jobs` at once, whoever asks; `progress` shows each when it is done."""

    jobs: int
    progress: Progress
    _slots: Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Several threads may share them."""
        object.__setattr__(self, "_slots", Semaphore(self.jobs))

    def each(self, work: Callable[[T], R], items: Sequence[T], name: Callable[[T], str]) -> list[R]:
        """The result of `work` on every item, in order. The first error stops the rest."""
        done = itertools.count(1)

        def one(item: T) -> R:
            with self._slots:
                result = work(item)
            self.progress.tick(next(done), len(items), name(item))
            return result

        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(one, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                while not all(future.done() for future in futures):
                    process.kill_all()  # again and again: a thread may just be starting the next program
                    time.sleep(0.05)
                raise

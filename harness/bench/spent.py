"""What a piece of work takes: on the clock, and of processor time."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock, and of processor time in this process and those it has waited for."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, {self.cpu:.1f} s of processor time"


def spend(work: Callable[[], object]) -> Spent:
    """What the work takes."""
    start, used = time.monotonic(), _cpu()
    work()
    return Spent(time.monotonic() - start, _cpu() - used)


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)

"""What a child takes of the machine with all that it started: bounds on one process do not see it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = 1 / os.sysconf("SC_CLK_TCK")
# proc(5), the fields of stat after the name: utime, stime, cutime, cstime.
_TIMES = slice(11, 15)


@dataclass(frozen=True, slots=True)
class Usage:
    """Processes, and bytes of memory that are theirs alone: what they share with files is not counted.

    `cpu` is processor time in seconds, with that of those that they have waited for.
    """

    processes: int
    resident: int
    cpu: float


def usage_below(pid: int, most: int) -> Usage:
    """The usage of a process with all below it; looks at no more than `most` processes."""
    found: dict[int, int] = {}
    cpu = 0.0
    pending = [pid]
    while pending and len(found) < most:
        one = pending.pop()
        if one not in found:
            found[one] = _resident(one)
            cpu += _cpu(one)
            pending += _children(one)
    return Usage(len(found) + len(set(pending) - found.keys()), sum(found.values()), cpu)


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended
        # proc(5): size, resident, shared, ... in pages.
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
        return max(int(fields[1]) - int(fields[2]), 0) * _PAGE
    return 0


def _cpu(pid: int) -> float:
    with contextlib.suppress(OSError, ValueError):
        # A name may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return sum(map(int, fields[_TIMES])) * _TICK
    return 0.0


def _children(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - four times a second
            yield from map(int, Path(f"/proc/{pid}/task/{thread}/children").read_bytes().split())

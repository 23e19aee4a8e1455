"""How long a build takes on this machine, from what was compiled before."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path

from harness.store import Store

# Beside each object in the store: the seconds that compiling it took.
SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Pace:
    """The mean of the `seconds` that `units` took, each by itself."""

    seconds: float
    units: int


def note(entry: Path, seconds: float) -> None:
    """Keep beside an object how long it took."""
    (entry / SECONDS).write_text(f"{seconds:.3f}\n")


def pace(store: Store) -> Pace | None:
    """This machine's pace; None if nothing was compiled yet."""
    found: list[float] = []
    for path in (store.root / "object").glob(f"*/{SECONDS}"):
        with contextlib.suppress(FileNotFoundError):  # another run makes room
            found.append(float(path.read_text()))
    return Pace(math.fsum(found) / len(found), len(found)) if found else None


def estimate(units: int, measured: Pace | None, jobs: int) -> str:
    """How long so many units take, in words, and what that rests on."""
    if measured is None:
        return "no estimate yet: nothing was compiled here"
    at_once = f", {jobs} at once" if jobs > 1 else ""
    rests = f"{measured.seconds:.1f} s each{at_once}, from {measured.units} compiled here"
    return f"about {duration(units * measured.seconds / jobs)} ({rests})"


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"

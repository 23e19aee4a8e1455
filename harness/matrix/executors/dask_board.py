"""Which worker has which cell, and what a lost worker means for the cells it had. No I/O here.

Dask blames a worker's death on every task that the worker had (`allowed-failures`), so one cell that kills
its workers would take its neighbours with it. Here each cell is given to one worker by name, and a death is
counted only against a cell that ran there by itself. Whoever was on a lost worker runs again with a worker
of its own, where that is certain.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

MOST_LOSSES = 3
# Cells that end within this many seconds are given ahead, so that no worker waits for the next one.
_SHORT = 2.0


@dataclass(slots=True)
class Attempt:
    """A cell, by its number, given to a worker. `begun` is when it started there, as far as that is known."""

    number: int
    cell: int
    worker: str
    by_itself: bool = False
    begun: float | None = None


@dataclass(slots=True)
class Seat:
    """A worker that may be given cells. `kept_free`: it gets no more until it has none."""

    address: str
    threads: int
    attempts: list[Attempt] = field(default_factory=list)
    kept_free: bool = False

    @property
    def load(self) -> float:
        """Cells for each of its threads."""
        return len(self.attempts) / self.threads


class Board:
    """Cells 0 to `cells` - 1, each open until it is `close`d once."""

    def __init__(self, cells: int) -> None:
        self.open = set(range(cells))
        self.seats: dict[str, Seat] = {}
        self._waiting = deque(range(cells))
        self._suspects: deque[int] = deque()
        # Workers that a cell lost when it was alone there, and together with others.
        self._alone = [0] * cells
        self._together = [0] * cells
        self._avoided: list[set[str]] = [set() for _ in range(cells)]
        self._attempts: dict[int, Attempt] = {}
        self._numbers = count(1)
        self._longest = _SHORT

    def join(self, worker: str, threads: int) -> None:
        """A worker may be given cells from now on."""
        self.seats.setdefault(worker, Seat(worker, max(1, threads)))

    def lose(self, worker: str, guilty: Iterable[int] = ()) -> list[int]:
        """A worker is gone, and its cells go to others. Returns those that have lost too many workers.

        `guilty` are the numbers of attempts that are to blame. Without, it is the only one there was; of
        several nobody knows, not even from who had begun: a worker may die before it says so. So they are
        suspects, and run by themselves. If one of them loses a worker then, it counts for both.
        """
        seat = self.seats.pop(worker, None)
        if seat is None:
            return []
        blamed = set(guilty) or {one.number for one in seat.attempts if len(seat.attempts) == 1}
        ended = []
        for one in reversed(seat.attempts):
            del self._attempts[one.number]
            if one.number in blamed:
                self._alone[one.cell] += 1
            elif not guilty:
                self._together[one.cell] += 1
            (self._suspects if one.number in blamed or not guilty else self._waiting).appendleft(one.cell)
            if self._alone[one.cell] and self._alone[one.cell] + self._together[one.cell] >= MOST_LOSSES:
                ended.append(one.cell)
        return ended

    def leave(self, worker: str) -> None:
        """A worker gets no more cells; those that it had are to blame for nothing, and go to others."""
        if (seat := self.seats.pop(worker, None)) is not None:
            for one in reversed(seat.attempts):
                del self._attempts[one.number]
                self._waiting.appendleft(one.cell)

    def attempts_of(self, worker: str) -> tuple[Attempt, ...]:
        """What a worker has."""
        return tuple(self.seats[worker].attempts) if worker in self.seats else ()

    def number(self) -> int:
        """A number that nothing else has."""
        return next(self._numbers)

    def give(self) -> Attempt | None:
        """The next cell to run and where, or None if no worker has room for one."""
        wanted = len(self._suspects)
        for seat in sorted(self.seats.values(), key=lambda one: one.load):
            cell = self._take(self._suspects, seat) if not seat.attempts else None
            if cell is not None:
                return self._assign(seat, cell, by_itself=True)
            seat.kept_free = bool(seat.attempts) and wanted > 0
            wanted -= seat.kept_free
            if seat.kept_free or any(one.by_itself for one in seat.attempts) or seat.load >= self._room(seat):
                continue
            if (cell := self._take(self._waiting, seat)) is not None:
                return self._assign(seat, cell, by_itself=False)
        return None

    def _room(self, seat: Seat) -> float:
        """How many cells a worker may have for each thread."""
        return 1 + 1 / seat.threads if self._longest < _SHORT else 1

    def _take(self, cells: deque[int], seat: Seat) -> int | None:
        """The first open cell of these that may go to a worker."""
        for cell in tuple(cells):
            if cell not in self.open:
                cells.remove(cell)
            elif seat.address not in self._avoided[cell]:
                cells.remove(cell)
                return cell
        return None

    def _assign(self, seat: Seat, cell: int, *, by_itself: bool) -> Attempt:
        attempt = Attempt(self.number(), cell, seat.address, by_itself)
        seat.attempts.append(attempt)
        self._attempts[attempt.number] = attempt
        return attempt

    def find(self, number: int) -> Attempt | None:
        """An attempt that still counts."""
        return self._attempts.get(number)

    def begin(self, number: int, now: float) -> None:
        """A worker has started with what it was given."""
        if (attempt := self._attempts.get(number)) is not None:
            attempt.begun = now

    def take_back(self, number: int, *, avoid: bool = False) -> None:
        """The cell is open as before; `avoid`: it goes to another worker. Ignored if it no longer counts."""
        if (attempt := self._remove(number)) is not None:
            self._waiting.appendleft(attempt.cell)
            if avoid:
                self._avoided[attempt.cell].add(attempt.worker)

    def finish(self, number: int, seconds: float) -> int | None:
        """The cell of an attempt that came to a result; None if it no longer counts."""
        if (attempt := self._remove(number)) is None or attempt.cell not in self.open:
            return None
        # Of many cells, the last ones say what the next may take.
        self._longest = max(seconds, 0.9 * self._longest)
        return attempt.cell

    def close(self, cell: int) -> None:
        """The cell has its result, and is given to nobody any more."""
        self.open.discard(cell)

    def is_stuck(self, cell: int) -> bool:
        """Whether a cell waits, and avoids all workers that are here."""
        runs = any(one.cell == cell for one in self._attempts.values())
        return not runs and bool(self.seats) and self.seats.keys() <= self._avoided[cell]

    def overdue(self, limits: Sequence[float], now: float) -> list[Attempt]:
        """Attempts that run longer than the limit of their cell, `limits[cell]`."""
        return [
            one
            for one in self._attempts.values()
            if one.begun is not None and now - one.begun > limits[one.cell]
        ]

    def _remove(self, number: int) -> Attempt | None:
        attempt = self._attempts.pop(number, None)
        if attempt is not None:
            self.seats[attempt.worker].attempts.remove(attempt)
        return attempt

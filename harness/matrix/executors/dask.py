"""Cells on a Dask.distributed cluster: each once, whatever becomes of its workers or of the scheduler.

The client gives each cell to a worker by name (harness/matrix/executors/dask_board.py says why), so Dask
carries cells and results and tells who is there. What has no result when a worker, or the connection, is
lost is given again; what comes late is ignored.
"""

from __future__ import annotations

import queue
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from harness.artifacts.pack import pack
from harness.artifacts.place import ENDPOINT, URL
from harness.cell import CellResult, CellState
from harness.errors import EnvironmentLacksError
from harness.matrix.executors.dask_board import MOST_LOSSES, Attempt, Board
from harness.matrix.executors.dask_link import Link, Said, TaskOver, WorkerState, no_scheduler
from harness.matrix.executors.dask_parcel import WORK, HarnessCode, Parcel, this_code
from harness.matrix.executors.dask_worker import SUITE
from harness.matrix.executors.executor import Done, Tell
from harness.matrix.task import CellTask
from harness.matrix.tasks import suite_digest
from harness.process import scratch
from harness.store import Store

_TICK = 0.2
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait for what.

    `connect`: for a scheduler at first; `reconnect`: for one that went away; `workers`: for a worker that
    fits; `silence`: for a worker that says nothing; `overtime`: for a cell beyond its own limit.
    """

    connect: float = 5.0
    reconnect: float = 60.0
    workers: float = 30.0
    silence: float = 60.0
    overtime: float = 30.0


@dataclass(frozen=True, slots=True)
class Dask:
    """The cluster of a scheduler. `store` is this machine's: where it shares entries, the workers do too.

    `work` is the function that evaluates a cell on a worker: `module:name`.
    """

    store: Store
    scheduler: str
    patience: Patience = Patience()
    work: str = WORK
    name: ClassVar[str] = "dask"

    @property
    def at_once(self) -> int:
        """How many threads the workers have now. Raises EnvironmentLacksError without a scheduler."""
        link = Link(self.scheduler, self.patience.connect)
        try:
            return max(1, sum(one.threads for one in link.workers().values()))
        finally:
            link.close()

    def run(self, tasks: Sequence[CellTask], done: Done, tell: Tell) -> None:
        """Evaluate all tasks. Raises EnvironmentLacksError without a scheduler or a worker that fits."""
        if tasks:
            _Run(self, tasks, done, tell).run()


@dataclass(slots=True)
class Suites:
    """The folders of suites as entries of the store, by what is in them, and packed for who lacks them."""

    store: Store
    keys: dict[str, str] = field(default_factory=dict)
    packed: dict[str, bytes] = field(default_factory=dict)

    def key(self, folder: str) -> str:
        """What names a suite; it is in the store, and where that shares its entries."""
        if folder and folder not in self.keys:
            key = suite_digest(Path(folder))
            self.store.make(SUITE, key, lambda aside: _copy_suite(Path(folder), aside / SUITE))
            self.keys[folder] = key
        return self.keys.get(folder, "")

    def files(self, key: str) -> bytes:
        """A suite for a worker that neither has it nor finds it where entries are shared."""
        if key not in self.packed:
            with scratch.folder("suite") as folder:
                pack(self.store.path(SUITE, key), blob := folder / "suite")
                self.packed[key] = blob.read_bytes()
        return self.packed[key]


def _copy_suite(folder: Path, place: Path) -> None:
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("__pycache__"))


class _Run:
    """One matrix on the cluster."""

    def __init__(self, executor: Dask, tasks: Sequence[CellTask], done: Done, tell: Tell) -> None:
        self.executor, self.patience = executor, executor.patience
        self.tasks, self.done, self.tell = tasks, done, tell
        self.board = Board(len(tasks))
        self.suites = Suites(executor.store)
        self.limits = [task.seconds + self.patience.overtime for task in tasks]
        self.there: dict[str, WorkerState] = {}
        # Which harness a worker has that gets no cells; None if it does not say, or does not end a cell.
        self.refused: dict[str, HarnessCode | None] = {}
        self.asked: dict[int, str] = {}
        self.lacking: set[str] = set()
        # What cells came to on a full disk: their result, if there is no other worker.
        self.full: dict[int, CellResult] = {}
        self.has_worked = False
        self.alone_since = time.monotonic()
        self.link = Link(executor.scheduler, self.patience.connect)

    def run(self) -> None:
        looked = float("-inf")
        try:
            while self.board.open:
                try:
                    if time.monotonic() - looked > _LOOK:
                        self._look()
                        looked = time.monotonic()
                    while (attempt := self.board.give()) is not None:
                        self._send(attempt)
                    self._hear()
                except ConnectionError:
                    self._reconnect()
        finally:
            self.link.close()

    def _look(self) -> None:
        """Who is there, who is not any more, who has said nothing for long, and who runs over time."""
        self.there = self.link.workers()
        now = time.monotonic()
        silent = {one for one, state in self.there.items() if now - state.heard > self.patience.silence}
        for worker in self.board.seats.keys() - self.there.keys():
            self._lose(worker, "is gone")
        for worker in self.board.seats.keys() & silent:
            self._lose(worker, f"has said nothing for {self.patience.silence:g} s")
        for attempt in self.board.overdue(self.limits, now):
            self.refused[attempt.worker] = None
            self._lose(attempt.worker, "does not end it", [attempt.number])
        self.refused = {one: code for one, code in self.refused.items() if one in self.there}
        vain = [one for one, worker in self.asked.items() if worker in silent or worker not in self.there]
        for number in vain:
            self.link.forget(number)
            del self.asked[number]
        known = self.board.seats.keys() | self.refused.keys() | set(self.asked.values()) | silent
        for worker in sorted(self.there.keys() - known):
            self._ask(worker)
        for cell, result in self.full.items():
            if not self.asked and cell in self.board.open and self.board.is_stuck(cell):
                self._close(cell, result)
        self._require_workers(now)

    def _ask(self, worker: str) -> None:
        """Ask a worker which harness it runs, and whether it has the suite."""
        number = self.board.number()
        self.asked[number] = worker
        self.link.send(number, self._parcel(number, None, next(iter(self.tasks)).suite), worker)

    def _send(self, attempt: Attempt) -> None:
        task = self.tasks[attempt.cell]
        parcel = self._parcel(attempt.number, task, task.suite, with_files=attempt.worker in self.lacking)
        self.link.send(attempt.number, parcel, attempt.worker)

    def _parcel(self, number: int, task: CellTask | None, suite: str, *, with_files: bool = False) -> Parcel:
        key = self.suites.key(suite)
        files = self.suites.files(key) if key and with_files else b""
        remote = self.executor.store.remote
        shared = remote.environment if remote else {}
        where = shared.get(URL, ""), shared.get(ENDPOINT, "")
        return Parcel(this_code(), number, self.link.topic, task, key, files, *where, self.executor.work)

    def _hear(self) -> None:
        """What workers say and answer, until they have no more to say for the moment."""
        wait = _TICK
        while self.board.open:
            try:
                heard = self.link.heard.get(timeout=wait) if wait else self.link.heard.get_nowait()
            except queue.Empty:
                return
            wait = 0.0
            if heard is None:
                raise ConnectionError
            if isinstance(heard, Said):
                self._said(heard)
            elif (worker := self.asked.pop(heard.number, None)) is not None:
                self._answered(worker, heard)
            elif (attempt := self.board.find(heard.number)) is not None:
                self._ended(attempt, heard)

    def _said(self, said: Said) -> None:
        if (attempt := self.board.find(said.number)) is None:
            return
        if said.text:
            self.tell(self.tasks[attempt.cell], said.text)
        elif attempt.begun is None:
            self.board.begin(said.number, time.monotonic())
        else:  # Dask has given it again, to a worker that came back under this address
            self._lose(attempt.worker, "was started again", [attempt.number])

    def _answered(self, worker: str, ended: TaskOver) -> None:
        """A worker said which harness it runs, or cannot."""
        if ended.is_lost or worker not in self.there:
            return
        if ended.reply is None or ended.reply.code != this_code():
            self._refuse(worker, ended.reply.code if ended.reply else None)
            return
        self.has_worked = True
        if ended.reply.lacks_suite:
            self.lacking.add(worker)
        self.board.join(worker, self.there[worker].threads)

    def _ended(self, attempt: Attempt, ended: TaskOver) -> None:
        """A cell that was given to a worker is over there."""
        reply, worker = ended.reply, attempt.worker
        if ended.is_lost:
            self._lose(worker, "was lost")
        elif reply is None:
            self._finish(attempt, self._no_answer(attempt.cell, f"{worker}: {ended.fault}"), 0.0)
        elif reply.code != this_code():
            self._refuse(worker, reply.code)
        elif reply.result is None:
            self.lacking.add(worker)
            self.board.take_back(attempt.number)
        elif reply.is_full:
            self.tell(self.tasks[attempt.cell], f"the disk of {worker} is full: it goes to another worker")
            self.full[attempt.cell] = reply.result
            self.board.take_back(attempt.number, avoid=True)
        else:
            self.lacking.discard(worker)
            self._finish(attempt, reply.result, reply.seconds)

    def _finish(self, attempt: Attempt, result: CellResult, seconds: float) -> None:
        if (cell := self.board.finish(attempt.number, seconds)) is not None:
            self._close(cell, result)

    def _close(self, cell: int, result: CellResult) -> None:
        self.board.close(cell)
        self.done(self.tasks[cell], result)

    def _no_answer(self, cell: int, why: str) -> CellResult:
        task = self.tasks[cell]
        return CellResult(task.cell, CellState.NO_ANSWER, why, task.key, task.identities)

    def _lose(self, worker: str, why: str, guilty: Iterable[int] = ()) -> None:
        """A worker gets no more cells, and those it had go to others."""
        for attempt in self.board.attempts_of(worker):
            self.link.forget(attempt.number)
            self.tell(self.tasks[attempt.cell], f"{worker} {why}: it goes to another worker")
        for cell in self.board.lose(worker, guilty):
            self._close(cell, self._no_answer(cell, f"lost its worker {MOST_LOSSES} times"))

    def _refuse(self, worker: str, code: HarnessCode | None) -> None:
        """A worker with another harness gets no cells."""
        self.refused[worker] = code
        for attempt in self.board.attempts_of(worker):
            self.link.forget(attempt.number)
        self.board.leave(worker)
        self.tell(self.tasks[min(self.board.open)], _refusal(worker, code))

    def _require_workers(self, now: float) -> None:
        """Go on while there is a worker, or hope for one. Else the open cells get no answer."""
        if self.board.seats or self.asked:
            self.alone_since = now
            return
        hopeless = bool(self.there) and self.refused.keys() == self.there.keys() and not self.has_worked
        if not hopeless and now - self.alone_since < self.patience.workers:
            return
        if not self.has_worked:
            lines = [_refusal(worker, code) for worker, code in sorted(self.refused.items())]
            raise EnvironmentLacksError(
                f"no worker of {self.executor.scheduler} runs this harness"
                if lines
                else f"the scheduler at {self.executor.scheduler} has no workers",
                f"install this harness ({this_code()}) on the workers, and start them with 'dask worker'",
                "\n".join(lines),
            )
        self._give_up(f"no worker of {self.executor.scheduler} is left")

    def _give_up(self, why: str) -> None:
        for cell in sorted(self.board.open):
            self._close(cell, self._no_answer(cell, why))

    def _reconnect(self) -> None:
        """Connect again, and give again what has no result. Without a scheduler that has no answer."""
        self.link.close()
        for worker in list(self.board.seats):
            self.board.leave(worker)
        self.asked.clear()
        self.refused.clear()
        begun = time.monotonic()
        while True:
            left = self.patience.reconnect - (time.monotonic() - begun)
            if left <= 0:
                self._give_up(no_scheduler(self.executor.scheduler).what)
                return
            try:
                self.link = Link(self.executor.scheduler, min(self.patience.connect, left))
            except EnvironmentLacksError:
                time.sleep(_TICK)
            else:
                self.alone_since = time.monotonic()
                return


def _refusal(worker: str, code: HarnessCode | None) -> str:
    has = f"has harness {code}" if code else "has no harness, or does not answer"
    return f"{worker} {has}; this is {this_code()}"

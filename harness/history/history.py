"""The history of runs: what is recorded as a run goes on, and what a run asks of those before.

Several runs may use one database at once. Each result is a transaction of its own, so a run that is killed
keeps what it recorded. Who claims a key is the only one to evaluate it, as long as its run shows that it
lives. A claim saves work and decides nothing: whoever waits for one asks `find_known` again, and whoever gets
one does so too, before it begins.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from harness.cell import Cell, CellResult, CellState
from harness.errors import HarnessError
from harness.history import read, write
from harness.history.database import Database, ask_again, open_database
from harness.history.run import RunInfo
from harness.history.schema import ANSWERS, CELLS, CLAIMS, RESULTS, RUNS
from harness.history.text import chunks
from harness.model import Outcome, Verdict

# A run that lives says so every BEAT seconds, and loses its claims if it did not for EXPIRY seconds.
BEAT, EXPIRY = 5.0, 45.0
ALIVE = "says that a run is alive"


@contextlib.contextmanager
def open_history(where: str | Path, *, beat: float = BEAT) -> Iterator[History]:
    """The history at a path (SQLite) or URL, made or migrated if need be. Raises as `open_database`."""
    database = open_database(where)
    history = History(database, beat)
    try:
        yield history
    finally:
        history.close()


class History:
    """Records runs, and answers what is known from those before. Threads may share one.

    What it raises is EnvironmentLacksError: the database cannot be used any more. A server that is gone is
    asked again for most of a minute, as all but `begin` may be asked twice.
    """

    def __init__(self, database: Database, beat: float = BEAT) -> None:
        self.database = database
        self.texts = read.TextCache()
        self._beat = beat
        self._numbers = write.TextNumbers()
        self._alive: dict[int, tuple[threading.Event, threading.Thread]] = {}
        self._begun: dict[int, int] = {}  # the last answer before each run

    def close(self) -> None:
        """Close the database. A run that is not finished stays so, and gives up its claims."""
        for run in tuple(self._alive):
            with contextlib.suppress(HarnessError):
                self._leave(run)
        self.database.close()

    def begin(self, run: RunInfo, begun: float | None = None) -> int:
        """Record that a run begins, now unless it began before. Returns its number."""
        row = {name: getattr(run, name) for name in RunInfo.__slots__}
        with self.database.writing() as connection:
            adding = sa.insert(RUNS).values(begun=begun or time.time(), **row).returning(RUNS.c.id)
            number = int(connection.scalars(adding).one())
            self._begun[number] = connection.scalar(sa.select(sa.func.max(ANSWERS.c.id))) or 0
        ended = threading.Event()
        thread = threading.Thread(target=self._live, args=(number, ended), name=ALIVE, daemon=True)
        self._alive[number] = ended, thread
        thread.start()
        return number

    @ask_again
    def record(self, run: int, result: CellResult) -> bool:
        """Record what a cell came to, and release the run's claim of its key.

        Returns whether it was recorded: a run has one result of a cell, the first.
        """
        with self.database.writing() as connection:
            cell = write.write_cell(connection, result.cell)
            answer, new = write.write_answer(connection, result, cell, self._numbers)
            row = {"run_id": run, "cell_id": cell, "answer_id": answer, "may_fail": result.cell.may_fail}
            adding = write.insert(connection, RESULTS).on_conflict_do_nothing().returning(RESULTS.c.run_id)
            is_new = connection.scalar(adding, row) is not None
            if result.key:
                connection.execute(_claims_of(run).where(CLAIMS.c.key_digest == write.digest_of(result.key)))
        self._numbers.add(new)  # not before the transaction is over: another may have these numbers else
        return is_new

    @ask_again
    def finish(self, run: int, exit_code: int) -> None:
        """Record that a run is over."""
        with self.database.writing() as connection:
            now = {"finished": time.time(), "exit_code": exit_code}
            connection.execute(sa.update(RUNS).where(RUNS.c.id == run).values(now))
        self._leave(run)

    @ask_again
    def claim(self, keys: Sequence[str], run: int) -> frozenset[str]:
        """Those of the keys that the run may evaluate: no other run that lives does.

        Nor has another come to an answer since this run began, which `find_known` gives then. `record` and
        `finish` release a claim, and so does the death of the run after a while.
        """
        by_digest = {write.digest_of(key): key for key in keys}
        with self.database.writing() as connection:
            now = _now(connection)
            adding = write.insert(connection, CLAIMS)
            taking = adding.on_conflict_do_update(
                index_elements=[CLAIMS.c.key_digest],
                set_={"run_id": run, "beat": now},
                where=sa.or_(CLAIMS.c.run_id == run, CLAIMS.c.beat < now - EXPIRY),
            ).returning(CLAIMS.c.key_digest)
            taken: set[str] = set()
            for some in chunks(by_digest, write.AT_ONCE):
                rows = [{"key_digest": one, "run_id": run, "beat": now} for one in some]
                taken.update(connection.scalars(taking.values(rows)))
            known = self._find_newest(connection, [by_digest[one] for one in taken])
            late = [write.digest_of(key) for key, row in known.items() if row["id"] > self._begun.get(run, 0)]
            for some in chunks(late, write.AT_ONCE):
                connection.execute(_claims_of(run).where(CLAIMS.c.key_digest.in_(some)))
        return frozenset(by_digest[one] for one in taken.difference(late))

    @ask_again
    def release(self, key: str, run: int) -> None:
        """Give up the run's claim of a key, if it has it."""
        with self.database.writing() as connection:
            connection.execute(_claims_of(run).where(CLAIMS.c.key_digest == write.digest_of(key)))

    @ask_again
    def find_known(self, keys: Sequence[str], *, tests: bool = True) -> dict[str, CellResult]:
        """The newest answer to each key that may be given again, without its tests if these are not wanted.

        Not a flaky one, nor one of those that contradict each other: the same key, and another outcome. The
        cell is the one that was asked, without what its recipe let it do.
        """
        with self.database.reading() as connection:
            newest = self._find_newest(connection, keys)
            wanted = [row["id"] for row in newest.values()] if tests else []
            found = read.read_tests(connection, self.texts, wanted)
        return {key: read.make_result(row, found) for key, row in newest.items()}

    def _find_newest(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, sa.RowMapping]:
        answers: dict[str, list[sa.RowMapping]] = defaultdict(list)
        for row in self._answers(connection, keys):
            answers[row["key"]].append(row)
        several = {row["id"]: key for key, rows in answers.items() if len(rows) > 1 for row in rows}
        flaky = _find_flaky(connection, several)
        return {
            key: [row for row in rows if row["is_sure"]][-1]
            for key, rows in answers.items()
            if key not in flaky and _agree(rows)
        }

    @ask_again
    def find_flaky(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The tests of each key that passed once and failed once, in different runs or in one."""
        with self.database.reading() as connection:
            asked = {row["id"]: row["key"] for row in self._answers(connection, keys)}
            return _find_flaky(connection, asked)

    @ask_again
    def find_last_run(self, kind: str, before: int | None = None) -> tuple[CellResult, ...]:
        """What the last finished run of a kind recorded, of those before run `before`, if that is given."""
        query = sa.select(sa.func.max(RUNS.c.id)).where(RUNS.c.kind == kind, RUNS.c.finished.is_not(None))
        if before is not None:
            query = query.where(RUNS.c.id < before)
        with self.database.reading() as connection:
            number = connection.scalar(query)
            return () if number is None else read.read_run(connection, self.texts, number)

    @ask_again
    def find_last(self, cells: Sequence[Cell], kind: str, before: int) -> dict[Cell, CellResult]:
        """The last result of each cell in a finished run of a kind that began before run `before`.

        A run of some cells alone, as by `--only`, leaves those of others as they were.
        """
        asked = {write.cell_digest(cell): cell for cell in cells}
        found: dict[Cell, CellResult] = {}
        with self.database.reading() as connection:
            for some in chunks(asked, write.AT_ONCE):
                rows = connection.execute(_last_of_cells(some, kind, before)).mappings().all()
                tests = read.read_tests(connection, self.texts, (row["id"] for row in rows))
                for row in rows:
                    found[asked[row["cell_digest"]]] = read.make_result(row, tests, row["may_fail"])
        return found

    def _answers(self, connection: sa.Connection, keys: Sequence[str]) -> Iterator[sa.RowMapping]:
        """The answers to keys, the oldest of each first."""
        for some in chunks({write.digest_of(key) for key in keys if key}, 1000):
            query = sa.select(*read.COLUMNS).join(CELLS, CELLS.c.id == ANSWERS.c.cell_id)
            query = query.where(ANSWERS.c.key_digest.in_(some)).order_by(ANSWERS.c.id)
            yield from connection.execute(query).mappings()

    def _live(self, run: int, ended: threading.Event) -> None:
        """Say that the run lives, until it ends."""
        while not ended.wait(self._beat):
            # Without it, the run goes on, and another may evaluate the same.
            with contextlib.suppress(HarnessError), self.database.writing() as connection:
                beat = {"beat": _now(connection)}
                connection.execute(sa.update(CLAIMS).where(CLAIMS.c.run_id == run).values(beat))

    def _leave(self, run: int) -> None:
        if (living := self._alive.pop(run, None)) is not None:
            ended, thread = living
            ended.set()
            thread.join()  # it may be using the database just now
        with self.database.writing() as connection:
            connection.execute(_claims_of(run))


def _claims_of(run: int) -> sa.Delete:
    return sa.delete(CLAIMS).where(CLAIMS.c.run_id == run)


def _now(connection: sa.Connection) -> float:
    """Seconds since 1970 by the one clock that all who claim share: the server's, or this machine's."""
    if connection.dialect.name != "postgresql":
        return time.time()
    return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())


def _last_of_cells(digests: Sequence[str], kind: str, before: int) -> sa.Select[tuple[object, ...]]:
    last = (
        sa.select(RESULTS.c.cell_id, sa.func.max(RESULTS.c.run_id).label("run_id"))
        .join(CELLS, CELLS.c.id == RESULTS.c.cell_id)
        .join(RUNS, RUNS.c.id == RESULTS.c.run_id)
        .where(CELLS.c.digest.in_(digests), RUNS.c.kind == kind)
        .where(RUNS.c.finished.is_not(None), RUNS.c.id < before)
        .group_by(RESULTS.c.cell_id)
        .subquery()
    )
    same = sa.and_(RESULTS.c.cell_id == last.c.cell_id, RESULTS.c.run_id == last.c.run_id)
    return (
        sa.select(*read.COLUMNS, RESULTS.c.may_fail, CELLS.c.digest.label("cell_digest"))
        .join_from(RESULTS, last, same)
        .join(CELLS, CELLS.c.id == RESULTS.c.cell_id)
        .join(ANSWERS, ANSWERS.c.id == RESULTS.c.answer_id)
    )


def _agree(answers: Sequence[sa.RowMapping]) -> bool:
    """Whether some answers to a key are sure, all of these say the same, and none says that it varies."""
    sure = {row["outcomes"] for row in answers if row["is_sure"]}
    return len(sure) == 1 and all(row["state"] != CellState.FLAKY.value for row in answers)


def _find_flaky(connection: sa.Connection, answers: Mapping[int, str]) -> dict[str, tuple[str, ...]]:
    """The tests that passed once and failed once, by the key of their answers."""
    ends: dict[tuple[str, str], set[bool | None]] = defaultdict(set)
    for row in read.read_outcomes(connection, answers):
        which = answers[row["answer_id"]], row["name"]
        ends[which].add(Outcome(row["outcome"]).passes)
        if row["verdict"] == Verdict.FLAKY.value:
            ends[which] |= {True, False}
    flaky: dict[str, list[str]] = defaultdict(list)
    for (key, name), seen in sorted(ends.items()):
        if {True, False} <= seen:
            flaky[key].append(name)
    return {key: tuple(names) for key, names in flaky.items()}

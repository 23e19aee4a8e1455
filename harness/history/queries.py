"""What `harness history` asks of the database: runs, and what they saw of cells and tests over time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from harness.cell import CellResult, CellState
from harness.history import read
from harness.history.database import Database
from harness.history.run import RecordedRun, RunInfo
from harness.history.schema import ANSWERS, CELLS, ENDINGS, OUTCOMES, RESULTS, RUNS, TESTS
from harness.history.text import chunks, matches
from harness.history.timeline import (
    Durations,
    Evaluation,
    FirstBad,
    FlakyTest,
    Sighting,
    find_first_bad,
    find_flaky_tests,
    is_good_outcome,
)
from harness.model import Outcome, Verdict

DURATIONS_BY = ("run", "cell", "series", "test")
_AT_ONCE = 1000
# The run that evaluated an answer: the first that has it.
_EVALUATED = (
    sa.select(RESULTS.c.answer_id, sa.func.min(RESULTS.c.run_id).label("run_id"))
    .group_by(RESULTS.c.answer_id)
    .subquery()
)


class Queries:
    """Questions about the runs of a database that began at `since` or later."""

    def __init__(self, database: Database, since: float = 0.0) -> None:
        self.database = database
        self.since = since

    def list_runs(self, limit: int, kind: str = "") -> tuple[RecordedRun, ...]:
        """The newest runs, of a kind if that is given; the newest first."""
        query = sa.select(RUNS).where(RUNS.c.begun >= self.since).order_by(RUNS.c.id.desc()).limit(limit)
        if kind:
            query = query.where(RUNS.c.kind == kind)
        with self.database.reading() as connection:
            rows = connection.execute(query).mappings().all()
            counts = _count_states(connection, [row["id"] for row in rows])
        return tuple(_make_run(row, counts[row["id"]]) for row in rows)

    def find_run(self, number: int | None) -> RecordedRun | None:
        """A run by its number, or the newest; None if there is none."""
        query = sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(1)
        if number is not None:
            query = query.where(RUNS.c.id == number)
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else _make_run(row, _count_states(connection, [row["id"]])[row["id"]])

    def read_run(self, number: int) -> tuple[CellResult, ...]:
        """What a run recorded."""
        with self.database.reading() as connection:
            return read.read_run(connection, read.TextCache(), number)

    def count_cells(self, pattern: str) -> int:
        """How many cells that were ever recorded match a pattern."""
        with self.database.reading() as connection:
            return len(_match_cells(connection, pattern))

    def count_tests(self, pattern: str) -> int:
        """How many tests that were ever recorded match a pattern."""
        with self.database.reading() as connection:
            return sum(matches(name, pattern) for name in connection.scalars(sa.select(TESTS.c.name)))

    def find_first_bad(self, cells: str, tests: str = "") -> tuple[FirstBad, ...]:
        """Since when the cells that match a pattern are bad; or, with one for tests, those tests in them."""
        with self.database.reading() as connection:
            names = _match_cells(connection, cells)
            sightings = (
                self._see_tests(connection, names, tests) if tests else self._see_cells(connection, names)
            )
        found = (find_first_bad(cell, test, seen) for (cell, test), seen in sorted(sightings.items()))
        return tuple(one for one in found if one is not None)

    def find_flaky(self, tests: str) -> tuple[FlakyTest, ...]:
        """The tests that match a pattern and did one thing and another with the same identities."""
        asked = ANSWERS.c.begun >= self.since, ANSWERS.c.key != ""
        several = sa.select(ANSWERS.c.key_digest).where(*asked).group_by(ANSWERS.c.key_digest)
        several = several.having(sa.func.count() > 1)
        repeated = sa.select(ANSWERS.c.key_digest).where(*asked, sa.not_(ANSWERS.c.is_sure))
        query = (
            sa.select(ANSWERS.c.id, ANSWERS.c.key, *read.CELL_COLUMNS)
            .join(CELLS, CELLS.c.id == ANSWERS.c.cell_id)
            .where(*asked, ANSWERS.c.key_digest.in_(sa.union(several, repeated)))
        )
        with self.database.reading() as connection:
            answers = {
                row["id"]: (row["key"], read.make_cell(row).name)
                for row in connection.execute(query).mappings()
            }
            evaluations = [
                Evaluation(
                    *answers[row["answer_id"]],
                    row["name"],
                    is_good_outcome(Outcome(row["outcome"])),
                    row["verdict"] == Verdict.FLAKY.value,
                )
                for row in read.read_outcomes(connection, answers)
                if matches(row["name"], tests)
            ]
        return find_flaky_tests(evaluations)

    def find_durations(self, by: str, names: str) -> tuple[Durations, ...]:
        """How long runs, cells, series or tests took when they were evaluated, of those that match a pattern.

        Of a test it is the mean over the cells of a run, of a series the sum of its cells.
        """
        with self.database.reading() as connection:
            if by == "run":
                rows = self._of_runs(connection)
            elif by == "test":
                rows = self._of_tests(connection)
            else:
                rows = self._of_cells(connection, by)
            points: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
            for name, run, seconds in rows:
                if matches(name, names):
                    points[name][run] += seconds
        return tuple(Durations(name, tuple(sorted(seen.items()))) for name, seen in points.items())

    def _see_cells(
        self, connection: sa.Connection, names: Mapping[int, str]
    ) -> dict[tuple[str, str], list[Sighting]]:
        found: dict[tuple[str, str], list[Sighting]] = defaultdict(list)
        for row in self._see(connection, names, (ANSWERS.c.state, ANSWERS.c.reason), sa.true()):
            state = CellState(row["state"])
            said = f"{state.value}: {row['reason']}" if row["reason"] else state.value
            found[names[row["cell_id"]], ""].append(_sight(row, said, state.is_good))
        return found

    def _see_tests(
        self, connection: sa.Connection, names: Mapping[int, str], tests: str
    ) -> dict[tuple[str, str], list[Sighting]]:
        known = connection.execute(sa.select(TESTS.c.id, TESTS.c.name))
        wanted = {number: name for number, name in known if matches(name, tests)}
        found: dict[tuple[str, str], list[Sighting]] = defaultdict(list)
        columns = OUTCOMES.c.test_id, ENDINGS.c.outcome, ENDINGS.c.why
        for some in chunks(wanted, _AT_ONCE):
            for row in self._see(connection, names, columns, OUTCOMES.c.test_id.in_(some)):
                outcome = Outcome(row["outcome"])
                said = f"{outcome.value}: {row['why']}" if row["why"] else outcome.value
                which = names[row["cell_id"]], wanted[row["test_id"]]
                found[which].append(_sight(row, said, is_good_outcome(outcome)))
        return found

    def _see(
        self,
        connection: sa.Connection,
        names: Mapping[int, str],
        columns: Sequence[sa.ColumnElement[object]],
        condition: sa.ColumnElement[bool],
    ) -> Iterator[sa.RowMapping]:
        """What runs saw of cells, the oldest run first."""
        query = (
            sa.select(RUNS.c.id.label("run"), RUNS.c.begun, RESULTS.c.cell_id, ANSWERS.c.identities, *columns)
            .join_from(RESULTS, RUNS, RUNS.c.id == RESULTS.c.run_id)
            .join(ANSWERS, ANSWERS.c.id == RESULTS.c.answer_id)
            .where(RUNS.c.begun >= self.since, condition)
            .order_by(RUNS.c.id)
        )
        if OUTCOMES.c.test_id in columns:
            query = query.join(OUTCOMES, OUTCOMES.c.answer_id == ANSWERS.c.id)
            query = query.join(ENDINGS, ENDINGS.c.id == OUTCOMES.c.ending_id)
        for row in connection.execute(query).mappings():
            if row["cell_id"] in names:
                yield row

    def _of_runs(self, connection: sa.Connection) -> Iterator[tuple[str, int, float]]:
        query = sa.select(RUNS.c.kind, RUNS.c.id, RUNS.c.finished - RUNS.c.begun)
        found = connection.execute(query.where(RUNS.c.begun >= self.since, RUNS.c.finished.is_not(None)))
        yield from ((kind, run, seconds) for kind, run, seconds in found)

    def _of_cells(self, connection: sa.Connection, by: str) -> Iterator[tuple[str, int, float]]:
        query = (
            sa.select(_EVALUATED.c.run_id, ANSWERS.c.seconds, *read.CELL_COLUMNS)
            .join_from(ANSWERS, _EVALUATED, _EVALUATED.c.answer_id == ANSWERS.c.id)
            .join(RUNS, RUNS.c.id == _EVALUATED.c.run_id)
            .join(CELLS, CELLS.c.id == ANSWERS.c.cell_id)
            .where(RUNS.c.begun >= self.since)
        )
        for row in connection.execute(query).mappings():
            cell = read.make_cell(row)
            if name := cell.name if by == "cell" else cell.series:
                yield name, row["run_id"], row["seconds"]

    def _of_tests(self, connection: sa.Connection) -> Iterator[tuple[str, int, float]]:
        mean = (
            sa.select(
                OUTCOMES.c.test_id, _EVALUATED.c.run_id, sa.func.avg(OUTCOMES.c.seconds).label("seconds")
            )
            .join_from(OUTCOMES, _EVALUATED, _EVALUATED.c.answer_id == OUTCOMES.c.answer_id)
            .join(RUNS, RUNS.c.id == _EVALUATED.c.run_id)
            .where(RUNS.c.begun >= self.since)
            .group_by(OUTCOMES.c.test_id, _EVALUATED.c.run_id)
            .subquery()
        )
        query = sa.select(TESTS.c.name, mean.c.run_id, mean.c.seconds)
        found = connection.execute(query.join_from(mean, TESTS, TESTS.c.id == mean.c.test_id))
        yield from ((name, run, seconds) for name, run, seconds in found)


def _match_cells(connection: sa.Connection, pattern: str) -> dict[int, str]:
    """The names of the cells that match a pattern."""
    rows = connection.execute(sa.select(CELLS.c.id, *read.CELL_COLUMNS)).mappings()
    names = {row["id"]: read.make_cell(row).name for row in rows}
    return {number: name for number, name in names.items() if matches(name, pattern)}


def _sight(row: sa.RowMapping, said: str, good: bool | None) -> Sighting:
    return Sighting(row["run"], row["begun"], said, good, json.loads(row["identities"]))


def _make_run(row: sa.RowMapping, states: dict[str, int]) -> RecordedRun:
    info = RunInfo(**{name: row[name] for name in RunInfo.__slots__})
    return RecordedRun(row["id"], info, row["begun"], row["finished"], row["exit_code"], states)


def _count_states(connection: sa.Connection, runs: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many cells of each run are in each state."""
    query = (
        sa.select(RESULTS.c.run_id, ANSWERS.c.state, sa.func.count())
        .join(ANSWERS, ANSWERS.c.id == RESULTS.c.answer_id)
        .where(RESULTS.c.run_id.in_(runs))
        .group_by(RESULTS.c.run_id, ANSWERS.c.state)
    )
    found = {(run, state): number for run, state, number in connection.execute(query)}
    order = [state.value for state in CellState]
    return {run: {state: found[run, state] for state in order if (run, state) in found} for run in runs}

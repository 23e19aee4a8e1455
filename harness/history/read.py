"""Reads answers back as results of cells, inside the caller's transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from harness.cell import Cell, CellResult, CellState, CellTest, Depth
from harness.history.schema import ANSWERS, CELLS, ENDINGS, OUTCOMES, RESULTS, TESTS
from harness.history.text import chunks
from harness.model import Outcome, Verdict

# Numbers are no parameters, but a statement has a greatest length.
_AT_ONCE = 2000
CELL_COLUMNS = (
    *(CELLS.c.llvm, CELLS.c.suite, CELLS.c.target, CELLS.c.series, CELLS.c.assertions, CELLS.c.depth),
)
COLUMNS = (
    *(ANSWERS.c.id, ANSWERS.c.key, ANSWERS.c.state, ANSWERS.c.reason, ANSWERS.c.identities),
    *(ANSWERS.c.llvm_version, ANSWERS.c.seconds, ANSWERS.c.cpu, ANSWERS.c.begun, ANSWERS.c.machine),
    *(ANSWERS.c.worker, ANSWERS.c.outcomes, ANSWERS.c.is_sure),
    *CELL_COLUMNS,
)
Tests = dict[int, tuple[CellTest, ...]]


class TextCache:
    """The names of tests and the ways they end, by their numbers: these never change."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.endings: dict[int, tuple[Outcome, Outcome | None, Verdict | None, str]] = {}

    def fill(self, connection: sa.Connection, names: set[int], endings: set[int]) -> None:
        """Read those that are not known yet."""
        for some in chunks(names - self.names.keys(), _AT_ONCE):
            query = sa.select(TESTS.c.id, TESTS.c.name).where(TESTS.c.id.in_(some))
            self.names.update((number, name) for number, name in connection.execute(query))
        for some in chunks(endings - self.endings.keys(), _AT_ONCE):
            columns = (ENDINGS.c.id, ENDINGS.c.outcome, ENDINGS.c.base, ENDINGS.c.verdict, ENDINGS.c.why)
            for row in connection.execute(sa.select(*columns).where(ENDINGS.c.id.in_(some))):
                self.endings[row.id] = (
                    Outcome(row.outcome),
                    Outcome(row.base) if row.base else None,
                    Verdict(row.verdict) if row.verdict else None,
                    row.why,
                )


def read_tests(connection: sa.Connection, cache: TextCache, answers: Iterable[int]) -> Tests:
    """The tests of answers, by their numbers."""
    found: dict[int, list[CellTest]] = defaultdict(list)
    columns = (OUTCOMES.c.answer_id, OUTCOMES.c.test_id, OUTCOMES.c.ending_id, OUTCOMES.c.seconds)
    for some in chunks(set(answers), _AT_ONCE):
        query = sa.select(*columns).where(OUTCOMES.c.answer_id.in_(some))
        rows = connection.execute(query.order_by(OUTCOMES.c.answer_id, OUTCOMES.c.position)).all()
        cache.fill(connection, {row[1] for row in rows}, {row[2] for row in rows})
        names, endings = cache.names, cache.endings
        for answer, test, ending, seconds in rows:
            outcome, base, verdict, why = endings[ending]
            found[answer].append(CellTest(names[test], outcome, base, verdict, seconds, why))
    return {answer: tuple(tests) for answer, tests in found.items()}


def read_run(connection: sa.Connection, cache: TextCache, run: int) -> tuple[CellResult, ...]:
    """What a run recorded, in the order of its cells' first records."""
    query = (
        sa.select(*COLUMNS, RESULTS.c.may_fail)
        .join(CELLS, CELLS.c.id == RESULTS.c.cell_id)
        .join(ANSWERS, ANSWERS.c.id == RESULTS.c.answer_id)
        .where(RESULTS.c.run_id == run)
        .order_by(RESULTS.c.cell_id)
    )
    rows = connection.execute(query).mappings().all()
    tests = read_tests(connection, cache, (row["id"] for row in rows))
    return tuple(make_result(row, tests, row["may_fail"]) for row in rows)


def read_outcomes(connection: sa.Connection, answers: Iterable[int]) -> Iterator[sa.RowMapping]:
    """How each test of answers ended, without how long it took."""
    for some in chunks(answers, _AT_ONCE):
        query = (
            sa.select(OUTCOMES.c.answer_id, TESTS.c.name, ENDINGS.c.outcome, ENDINGS.c.verdict)
            .join(TESTS, TESTS.c.id == OUTCOMES.c.test_id)
            .join(ENDINGS, ENDINGS.c.id == OUTCOMES.c.ending_id)
            .where(OUTCOMES.c.answer_id.in_(some))
        )
        yield from connection.execute(query).mappings()


def make_cell(row: sa.RowMapping, may_fail: str = "") -> Cell:
    """The cell in a row of `CELL_COLUMNS`."""
    of_cell = row["llvm"], row["suite"], row["target"], row["series"], row["assertions"]
    return Cell(*of_cell, Depth(row["depth"]), may_fail)


def make_result(row: sa.RowMapping, tests: Tests, may_fail: str = "") -> CellResult:
    """The result in a row of `COLUMNS`."""
    return CellResult(
        make_cell(row, may_fail),
        CellState(row["state"]),
        reason=row["reason"],
        key=row["key"],
        identities=json.loads(row["identities"]),
        llvm_version=row["llvm_version"],
        tests=tests.get(row["id"], ()),
        seconds=row["seconds"],
        cpu=row["cpu"],
        begun=row["begun"],
        machine=row["machine"],
        worker=row["worker"],
    )

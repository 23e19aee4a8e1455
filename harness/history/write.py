"""Writes answers: each once, with its texts, inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from harness.cell import Cell, CellResult, CellTest
from harness.history.schema import ANSWERS, CELLS, ENDINGS, OUTCOMES, TESTS
from harness.history.text import chunks, escape
from harness.model import Outcome, Verdict
from harness.store import digest

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Ending = tuple[str, str, str, str]
_ENDING = ("outcome", "base", "verdict", "why")
Rows = Mapping[str, Mapping[str, object]]
_UNSURE = frozenset({Verdict.FLAKY, Verdict.UNRESOLVED})
# As many parameters as any SQLite takes in one statement, and then some room.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TextNumbers:
    """The numbers of texts that are in the database: names of tests, and ways in which tests end."""

    tests: dict[str, int] = field(default_factory=dict)
    endings: dict[Ending, int] = field(default_factory=dict)

    def add(self, more: TextNumbers) -> None:
        """Know more."""
        self.tests.update(more.tests)
        self.endings.update(more.endings)


def digest_of(*parts: str) -> str:
    """What stands for texts where they have to be unique."""
    return digest(*map(escape, parts))


def insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insertion of the database's own kind: both know what to do on a conflict, each in its own class."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # a tenth of all that the history imports

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def is_sure(result: CellResult) -> bool:
    """Whether an answer may be given again without asking.

    A test without an answer may have been the machine's fault, so that a run asks it again.
    """
    unanswered = any(
        test.verdict in _UNSURE or Outcome.UNRESOLVED in {test.outcome, test.base} for test in result.tests
    )
    return bool(result.key) and result.state.is_kept and not unanswered


def write_cell(connection: sa.Connection, cell: Cell) -> int:
    """The number of a cell. What the recipe lets it do is no part of it."""
    row = {
        "llvm": cell.llvm,
        "suite": cell.suite,
        "target": cell.target,
        "series": cell.series,
        "assertions": cell.assertions,
        "depth": cell.depth.value,
    }
    key = cell_digest(cell)
    return _write(connection, CELLS, {key: row})[key]


def cell_digest(cell: Cell) -> str:
    """What stands for a cell."""
    return digest_of(cell.llvm, cell.suite, cell.target, cell.series, str(cell.assertions), cell.depth.value)


def write_answer(
    connection: sa.Connection, result: CellResult, cell_id: int, known: TextNumbers
) -> tuple[int, TextNumbers]:
    """Write what a cell came to, if it is new. Returns its number, and those of texts that `known` lacks."""
    endings = [_ending(test) for test in result.tests]
    which = _answer_digest(result, endings)
    new = TextNumbers()
    same = sa.select(ANSWERS.c.id).where(ANSWERS.c.digest == which)
    if (found := connection.scalar(same)) is not None:
        return found, new
    names = {test.name for test in result.tests} - known.tests.keys()
    ids = _write(connection, TESTS, {digest_of(name): {"name": name} for name in names})
    new.tests.update({name: ids[digest_of(name)] for name in names})
    ends = set(endings) - known.endings.keys()
    rows = {digest_of(*end): dict(zip(_ENDING, end, strict=True)) for end in ends}
    ids = _write(connection, ENDINGS, rows)
    new.endings.update({end: ids[digest_of(*end)] for end in ends})
    adding = insert(connection, ANSWERS).on_conflict_do_nothing().returning(ANSWERS.c.id)
    made = connection.scalar(adding, _answer(result, which, cell_id))
    if made is None:  # another run wrote it just now
        return int(connection.scalars(same).one()), new
    outcomes = [
        {
            "answer_id": made,
            "position": position,
            "test_id": new.tests.get(test.name) or known.tests[test.name],
            "ending_id": new.endings.get(end) or known.endings[end],
            "seconds": test.seconds,
        }
        for position, (test, end) in enumerate(zip(result.tests, endings, strict=True))
    ]
    if outcomes:
        connection.execute(sa.insert(OUTCOMES), outcomes)
    return int(made), new


def _answer_digest(result: CellResult, endings: Sequence[Ending]) -> str:
    """What stands for an answer: one that a run was given again is the same to the last digit."""
    identities = dict(sorted(result.identities.items()))
    plain = replace(result, cell=replace(result.cell, may_fail=""), identities=identities, tests=())
    tests = [(test.name, test.seconds) for test in result.tests]
    return digest_of(repr(plain), repr(tests), repr(endings))


def _answer(result: CellResult, which: str, cell_id: int) -> dict[str, object]:
    plain = ("key", "reason", "llvm_version", "seconds", "cpu", "begun", "machine", "worker")
    return {
        "digest": which,
        "cell_id": cell_id,
        "key_digest": digest_of(result.key),
        "state": result.state.value,
        "is_sure": is_sure(result),
        "outcomes": _outcomes_digest(result),
        "identities": json.dumps(result.identities),
        **{name: getattr(result, name) for name in plain},
    }


def _outcomes_digest(result: CellResult) -> str:
    """How the cell and its tests ended, not how long that took. How a test fails may vary."""
    ends = sorted(f"{test.name} {test.outcome.passes} {_passes(test.base)}" for test in result.tests)
    return digest_of(result.state.value, *ends)


def _passes(outcome: Outcome | None) -> bool | None:
    return outcome.passes if outcome is not None else None


def _ending(test: CellTest) -> Ending:
    base, verdict = test.base, test.verdict
    return test.outcome.value, base.value if base else "", verdict.value if verdict else "", test.why


def _write(connection: sa.Connection, table: sa.Table, rows: Rows) -> dict[str, int]:
    """The numbers of rows by their digests; those that are new are added.

    Sorted: two transactions that add the same rows in another order would wait for each other for ever.
    """
    found = _find(connection, table, rows)
    missing = [{"digest": key, **rows[key]} for key in sorted(rows.keys() - found.keys())]
    if missing:
        connection.execute(insert(connection, table).on_conflict_do_nothing(), missing)
        found |= _find(connection, table, [str(row["digest"]) for row in missing])
    return found


def _find(connection: sa.Connection, table: sa.Table, digests: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(digests, AT_ONCE):
        query = sa.select(table.c.digest, table.c.id).where(table.c.digest.in_(some))
        found.update((key, number) for key, number in connection.execute(query))
    return found

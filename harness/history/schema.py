"""The tables. A change of them is a new step in migrations/versions; a test holds the two to each other.

What a cell came to is an answer, recorded once. A result says that a run has it for a cell: a run that does
not ask again what is known points at the old answer. The names of tests and the ways in which tests end are
stored once too, so that one outcome is a few numbers. A digest stands for a text where it has to be unique
or looked up: PostgreSQL's indexes take no long texts.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from harness.history.text import escape, unescape

HEAD = "0001"
METADATA = MetaData()


class EscapedText(TypeDecorator[str]):
    """Any text of Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What the database gets."""
        return None if value is None else escape(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """What it was given."""
        return None if value is None else unescape(value)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _digest(name: str = "digest", *, unique: bool = True) -> Column[str]:
    return Column(name, String(20), nullable=False, unique=unique or None, index=None if unique else True)


def _text(name: str) -> Column[str]:
    return Column(name, EscapedText, nullable=False)


def _number(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


def _to(name: str, target: str, *, index: bool = False, key: bool = False) -> Column[int]:
    return Column(*(name, Integer, ForeignKey(target)), primary_key=key, nullable=False, index=index or None)


RUNS = Table(
    "runs",
    METADATA,
    *(_id(), _text("kind"), _text("command"), _text("harness"), _text("machine")),
    Column("cpus", Integer, nullable=False),
    Column("memory", BigInteger, nullable=False),
    *(_text("system"), _text("python"), _number("begun")),
    Column("finished", Double),
    Column("exit_code", Integer),
)
CELLS = Table(
    "cells",
    METADATA,
    *(_id(), _digest(), _text("llvm"), _text("suite"), _text("target"), _text("series")),
    Column("assertions", Boolean, nullable=False),
    _text("depth"),
)
# `outcomes` is a digest of how each test ended: answers of one key that differ in it contradict each other.
# `is_sure`: the answer may be given again without asking, unless another contradicts it.
ANSWERS = Table(
    "answers",
    METADATA,
    *(_id(), _digest(), _to("cell_id", "cells.id"), _digest("key_digest", unique=False), _text("key")),
    _text("state"),
    Column("is_sure", Boolean, nullable=False),
    Column("outcomes", String(20), nullable=False),
    *(_text("reason"), _text("identities"), _text("llvm_version")),
    *(_number("seconds"), _number("cpu"), _number("begun"), _text("machine"), _text("worker")),
)
RESULTS = Table(
    "results",
    METADATA,
    _to("run_id", "runs.id", key=True),
    _to("cell_id", "cells.id", key=True, index=True),
    _to("answer_id", "answers.id", index=True),
    _text("may_fail"),
)
TESTS = Table("tests", METADATA, _id(), _digest(), _text("name"))
# An empty `base` or `verdict` is that of a suite alone.
ENDINGS = Table(
    "endings",
    METADATA,
    *(_id(), _digest(), _text("outcome"), _text("base"), _text("verdict"), _text("why")),
)
# In the order of the answer's tests.
OUTCOMES = Table(
    "outcomes",
    METADATA,
    _to("answer_id", "answers.id", key=True),
    Column("position", Integer, primary_key=True),
    _to("test_id", "tests.id", index=True),
    *(_to("ending_id", "endings.id"), _number("seconds")),
    sqlite_with_rowid=False,
)
CLAIMS = Table(
    "claims",
    METADATA,
    Column("key_digest", String(20), primary_key=True),
    _to("run_id", "runs.id", index=True),
    _number("beat"),
)

"""Each database that a history may be in, empty."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.history.server import Server, schema_url, serve

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


POSTGRESQL = pytest.param(
    "postgresql", marks=[pytest.mark.slow, pytest.mark.xdist_group("postgresql")], id="postgresql"
)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty history may be: a path, or a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "history.sqlite")
    url = request.getfixturevalue("server").url
    schema = f"history_{next(NUMBERS)}"
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    return schema_url(url, schema)

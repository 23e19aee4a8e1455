"""Opens the database of a history: a file of SQLite or a URL of PostgreSQL, brought to the current layout."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from harness.errors import EnvironmentLacksError, HarnessError, UsageError
from harness.history.run import PLACE
from harness.history.schema import HEAD

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

# Writers wait for each other so long, in seconds; each transaction takes milliseconds.
BUSY = 60
_MIGRATIONS = Path(__file__).parent / "migrations"
# Whoever migrates a database of PostgreSQL holds this advisory lock: "lpharnes" as a number.
_LOCK = int.from_bytes(b"lpharnes", "big")
_INSTEAD = f"name another with --history or {PLACE}, or record nothing: --history none"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


P = ParamSpec("P")
T = TypeVar("T")
# A server that restarts is asked again after so many seconds each time.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 16.0)


class LostServerError(EnvironmentLacksError):
    """The server of the database does not answer; it may do so again."""


def ask_again(question: Callable[P, T]) -> Callable[P, T]:
    """For what may be asked twice: ask for a while if the server is gone, as it restarts perhaps."""

    @functools.wraps(question)
    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        for pause in PAUSES:
            try:
                return question(*args, **kwargs)
            except LostServerError:
                sleep(pause)
        return question(*args, **kwargs)

    return ask


class Database:
    """An open database in the current layout, and what errors call it."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads."""
        with translate_errors(self.name), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes. In SQLite it is the only one from its beginning."""
        with translate_errors(self.name), self.engine.connect() as fresh:
            connection = fresh.execution_options(writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


def open_database(where: str | Path) -> Database:
    """The database at a path or URL, made if it is not there yet, and migrated if it is older.

    Raises UsageError if it is none, or of a newer harness, EnvironmentLacksError if it cannot be reached.
    """
    url = _find_url(where)
    name = url.render_as_string(hide_password=True) if url.host or "://" in str(where) else str(where)
    with translate_errors(name):
        engine = _make_engine(url, name)
        try:
            database = Database(engine, name)
            _migrate(database)
        except BaseException:
            engine.dispose()
            raise
    return database


def _find_url(where: str | Path) -> sa.URL:
    """The URL, by the drivers that the harness has."""
    if "://" not in str(where):
        return sa.URL.create("sqlite", database=str(Path(where).absolute()))
    try:
        url = sa.make_url(str(where))
    except (ArgumentError, ValueError):
        raise UsageError("the URL of the history cannot be read", _INSTEAD) from None
    kind = url.drivername.split("+")[0]
    if kind not in _DRIVERS:
        raise UsageError(
            f"the history cannot be in {kind}", "give a file for SQLite, or postgresql://USER@HOST/DATABASE"
        )
    if kind == "sqlite" and url.database in {None, "", ":memory:"}:
        raise UsageError("the URL of the history names no file", _INSTEAD)
    return url.set(drivername=_DRIVERS[kind])


def _make_engine(url: sa.URL, name: str) -> sa.Engine:
    if url.drivername != "sqlite":
        try:
            return sa.create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError:
            raise EnvironmentLacksError(
                f"cannot open the history {name}: psycopg is not installed",
                "pip install 'llvm-patch-harness[postgresql]'",
            ) from None
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot make the folder of the history {name}: {str(error.strerror).lower()}"
        raise EnvironmentLacksError(what, _INSTEAD) from None
    _write_ahead(path)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY})

    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Transactions begin where `begin` says so, and not before the first statement that writes: one that
        # reads first could not go on to write if another wrote meanwhile.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(path: Path) -> None:
    """Let readers and one writer go on beside each other. The file keeps that."""
    import filelock

    with contextlib.closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as connection:
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            return
        # SQLite does not wait for another that does the same.
        with filelock.FileLock(path.with_name(f"{path.name}.lock")):
            connection.execute("PRAGMA journal_mode = WAL")


def _migrate(database: Database) -> None:
    """Bring the database to the current layout, one process at a time."""
    with database.reading() as connection:
        if _find_revision(connection) == HEAD:
            return
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        found = _find_revision(connection)
        if found == HEAD:
            return
        _upgrade(connection, found, database.name)


def _find_revision(connection: sa.Connection) -> str:
    """The layout of a database; empty if it has none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def _upgrade(connection: sa.Connection, found: str, name: str) -> None:
    # Half as much as all the rest of the harness to import, and needed once for each new layout.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise UsageError(
            f"the history {name} is of a newer harness: its layout is {found}, and this knows {HEAD}",
            f"update the harness, or {_INSTEAD}",
        )
    command.upgrade(config, HEAD)


@contextlib.contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Whatever the database answers in the block is an error of ours."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error.__cause__ or error
        # psycopg's are of the connection and the server, sqlite3's of the file.
        lost = isinstance(error, OperationalError) and not isinstance(cause, sqlite3.Error)
        raise _explain(cause, name, lost=lost) from error
    except sqlite3.Error as error:
        raise _explain(error, name) from error


def _explain(error: BaseException, name: str, *, lost: bool = False) -> HarnessError:
    said = " ".join((str(error).strip() or type(error).__name__).splitlines()[0].split())
    if "not a database" in said or "malformed" in said:
        return UsageError(f"{name} is not a history: {said}", f"move it away, or {_INSTEAD}")
    if "disk is full" in said or "No space left" in said:
        return EnvironmentLacksError(f"no space is left for the history {name}", f"free some, or {_INSTEAD}")
    if "database is locked" in said:
        return EnvironmentLacksError(
            f"the history {name} was used by another program for {BUSY} s", f"end that, or {_INSTEAD}"
        )
    kind = LostServerError if lost else EnvironmentLacksError
    return kind(f"cannot use the history {name}: {said}", _INSTEAD)

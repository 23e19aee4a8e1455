"""Databases in any state: made, migrated, refused; and what is told where one cannot be used."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from harness import process
from harness.errors import EnvironmentLacksError, HarnessError, UsageError
from harness.history import database
from harness.history.database import LostServerError, ask_again, open_database
from harness.history.history import open_history
from harness.history.schema import HEAD, METADATA
from tests.history.made import RUN, result
from tests.history.server import Server

INSTEAD = "name another with --history or HARNESS_HISTORY, or record nothing: --history none"


def test_migrations_make_the_tables_that_the_code_knows(where: str) -> None:
    opened = open_database(where)
    with opened.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    opened.close()


def test_the_newest_migration_is_the_layout_that_the_code_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_database_of_a_newer_harness_is_refused(where: str) -> None:
    opened = open_database(where)
    with opened.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(UsageError) as caught:
        open_database(where)
    error = caught.value
    assert (
        error.what
        == f"the history {opened.name} is of a newer harness: its layout is 9999, and this knows 0001"
    )
    assert error.next_step == f"update the harness, or {INSTEAD}"


OPENS = "import sys; from harness.history.database import open_database; open_database(sys.argv[1]).close()"


def test_all_who_open_a_new_database_at_once_succeed(where: str) -> None:
    together = threading.Barrier(4)

    def work() -> str:
        together.wait()
        opened = open_database(where)
        with opened.reading() as connection:
            found = str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
        opened.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for _ in range(4)]
        assert [future.result() for future in futures] == [HEAD] * 4


def test_only_a_new_layout_needs_alembic(tmp_path: Path) -> None:
    place = str(tmp_path / "h.sqlite")
    open_database(place).close()
    done = process.run([sys.executable, "-c", f"{OPENS}; print('alembic' in sys.modules)", place])
    assert done.stdout == b"False\n", done.text


def test_a_file_of_sqlite_lets_readers_and_a_writer_go_on(tmp_path: Path) -> None:
    place = tmp_path / "new/folder/h.sqlite"
    with open_history(place) as history:
        run = history.begin(RUN)
        with history.database.reading():
            history.record(run, result())
    assert sqlite3.connect(place).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def a_folder(place: Path) -> str:
    place.mkdir()
    return str(place)


def a_text(place: Path) -> str:
    place.write_text("no database, but long enough to be the header of one\n" * 9)
    return str(place)


def below_a_file(place: Path) -> str:
    place.write_text("")
    return f"{place}/h.sqlite"


@pytest.mark.parametrize(
    ("make", "kind", "what", "next_step"),
    [
        (a_folder, EnvironmentLacksError, "cannot use the history {}: unable to open database file", INSTEAD),
        (a_text, UsageError, "{} is not a history: file is not a database", f"move it away, or {INSTEAD}"),
        (
            below_a_file,
            EnvironmentLacksError,
            "cannot make the folder of the history {}: file exists",
            INSTEAD,
        ),
        (
            lambda place: "mysql://me@db/llvm",
            UsageError,
            "the history cannot be in mysql",
            "give a file for SQLite, or postgresql://USER@HOST/DATABASE",
        ),
        (lambda place: "sqlite://", UsageError, "the URL of the history names no file", INSTEAD),
        (lambda place: "post gres://", UsageError, "the URL of the history cannot be read", INSTEAD),
    ],
)
def test_what_is_no_history(
    make: Callable[[Path], str], kind: type[HarnessError], what: str, next_step: str, tmp_path: Path
) -> None:
    where = make(tmp_path / "place")
    with pytest.raises(kind) as caught:
        open_database(where)
    assert (caught.value.what, caught.value.next_step) == (what.format(where), next_step)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    url = "postgresql://me:secret@localhost:1/llvm"
    with pytest.raises(EnvironmentLacksError) as caught:
        open_database(url)
    text = str(caught.value)
    assert text.startswith("cannot use the history postgresql+psycopg://me:***@localhost:1/llvm: ")
    assert "secret" not in text
    assert caught.value.next_step == INSTEAD


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_a_server_that_restarts_loses_no_cell(
    where: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    def restart(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            server.start()

    with open_history(where) as history:
        run = history.begin(RUN)
        assert history.claim(["k"], run)
        # Nothing but the test says when the time is over.
        monkeypatch.setattr("harness.history.database.sleep", restart)
        server.stop()
        assert history.record(run, result("k"))
        assert waited == list(database.PAUSES[:2])
        assert set(history.find_known(["k"])) == {"k"}
        history.finish(run, 0)


def test_a_server_that_stays_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("harness.history.database.sleep", waited.append)

    @ask_again
    def ask() -> None:
        raise LostServerError("gone", "start it")

    with pytest.raises(LostServerError):
        ask()
    assert waited == list(database.PAUSES)


def test_a_disk_that_is_full(small_disk: Callable[[int], Path]) -> None:
    place = small_disk(400) / "h.sqlite"
    with open_history(place) as history:
        run = history.begin(RUN)

        def fill() -> None:
            for number in range(1000):
                history.record(run, result(f"{number}" * 1000))

        with pytest.raises(EnvironmentLacksError) as caught:
            fill()
    assert str(caught.value) == (f"no space is left for the history {place}\nnext: free some, or {INSTEAD}")

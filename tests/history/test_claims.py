"""Runs that use one database at once: nothing is lost, nor there twice, and each key has one worker."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from harness import process
from harness.cell import Cell, CellState
from harness.history.history import ALIVE, EXPIRY, History, open_history
from harness.history.schema import CLAIMS
from tests.history.made import RUN, result

# Two matrices over the same 30 cells: whoever claims one evaluates it; the other waits for the answer.
MATRIX = """
import sys, time
from harness.cell import Cell, CellState
from harness.history.history import ALIVE, EXPIRY, History, open_history
from harness.history.schema import CLAIMS
from tests.history.made import CellTest, PASS, RUN, result
where, evaluated = sys.argv[1:]
with open_history(where) as history:
    run = history.begin(RUN)
    waiting = [f"k{number}" for number in range(30)]
    while waiting:
        for key in tuple(waiting):
            cell = Cell(key)
            known = history.find_known([key])
            if not known and history.claim([key], run):
                known = history.find_known([key])
                if not known:
                    with open(evaluated, "a") as said:
                        said.write(f"{key}\\n")
                    time.sleep(0.002)
                    tests = [CellTest(f"{n}.ll", PASS, seconds=n) for n in range(40)]
                    known = {key: result(key, cell=cell, begun=time.time())}
            if known:
                assert history.record(run, known[key])
                waiting.remove(key)
    history.finish(run, 0)
"""


def test_two_matrices_at_once_lose_nothing_and_evaluate_nothing_twice(where: str, tmp_path: Path) -> None:
    evaluated = tmp_path / "evaluated"
    argv = [sys.executable, "-c", MATRIX, where, str(evaluated)]
    # Both find no database, and make it.
    running = [process.Child(argv, stdout=process.PIPE, stderr=process.STDOUT) for _ in range(2)]
    said = [child.communicate()[0].decode() for child in running]
    assert [child.returncode for child in running] == [0, 0], said
    keys = sorted(f"k{number}" for number in range(30))
    assert sorted(evaluated.read_text().split()) == keys
    with open_history(where) as history:
        for before in (None, 2):
            assert sorted(one.key for one in history.find_last_run("matrix", before)) == keys


RECORDS = """
import sys
from harness.cell import Cell, CellState, CellTest
from harness.history.history import ALIVE, EXPIRY, History, open_history
from harness.history.schema import CLAIMS
from tests.history.made import PASS, RUN, result
where, first = sys.argv[1], int(sys.argv[2])
with open_history(where) as history:
    run = history.begin(RUN)
    for number in range(40):
        # The same names in another order: who adds a name waits for who added it.
        names = range(20) if first else reversed(range(20))
        tests = [CellTest(f"{number} {name}.ll", PASS) for name in names]
        assert history.record(run, result(f"{first} {number}", CellState.OK, *tests, cell=Cell(str(number))))
    history.finish(run, 0)
"""


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)  # SQLite has one writer at a time
@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_two_runs_that_add_the_same_names_do_not_wait_for_each_other_for_ever(where: str) -> None:
    running = [
        process.Child([sys.executable, "-c", RECORDS, where, first], stderr=process.PIPE) for first in "01"
    ]
    said = [child.communicate()[1].decode() for child in running]
    assert [child.returncode for child in running] == [0, 0], said
    with open_history(where) as history:
        assert [len(history.find_last_run("matrix", before)) for before in (None, 2)] == [40, 40]


def test_a_claim_is_one_run_s_until_it_is_released(where: str) -> None:
    with open_history(where) as history:
        one, other = history.begin(RUN), history.begin(RUN)
        assert history.claim(["k"], one)
        assert history.claim(["k"], one)
        assert not history.claim(["k"], other)
        history.release("k", other)
        assert not history.claim(["k"], other)
        history.release("k", one)
        assert history.claim(["k"], other)


def test_what_ends_a_claim_besides(where: str) -> None:
    with open_history(where) as history:
        one, other = history.begin(RUN), history.begin(RUN)
        assert history.claim(["recorded"], one)
        assert history.claim(["kept"], one)
        history.record(one, result("recorded", CellState.NO_ANSWER))
        assert history.claim(["recorded"], other)
        assert not history.claim(["kept"], other)
        history.finish(one, 0)
        assert history.claim(["kept"], other)


def beat_of(history: History) -> float:
    """When the run that has the one claim last said that it lives."""
    with history.database.reading() as connection:
        return float(connection.scalars(sa.select(CLAIMS.c.beat)).one())


def test_the_claims_of_a_dead_run_are_free_after_a_while(where: str) -> None:
    with open_history(where) as dead, open_history(where) as history:
        run, other = dead.begin(RUN), history.begin(RUN)
        assert dead.claim(["k"], run)
        assert not history.claim(["k"], other)
        with history.database.writing() as connection:
            connection.execute(sa.update(CLAIMS).values(beat=CLAIMS.c.beat - EXPIRY - 1))
        assert history.claim(["k"], other)
        # Should it come back, it does not take it from the living, and loses nothing.
        assert not dead.claim(["k"], run)
        assert dead.record(run, result("k", cell=Cell("late")))
        assert not dead.claim(["k"], run)


def test_a_run_that_lives_says_so(where: str) -> None:
    with open_history(where, beat=0.05) as history:
        assert history.claim(["k"], history.begin(RUN))
        first, end = beat_of(history), time.monotonic() + 60
        while beat_of(history) == first:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_several_keys_are_claimed_at_once(where: str) -> None:
    keys = [f"k{number}" for number in range(700)]
    with open_history(where) as history:
        one, other = history.begin(RUN), history.begin(RUN)
        assert history.claim(keys[:3], one) == set(keys[:3])
        assert history.claim([*keys, keys[5]], other) == set(keys[3:])
        assert history.claim([], one) == frozenset()


def test_what_another_run_came_to_meanwhile_is_not_claimed(where: str) -> None:
    with open_history(where) as history:
        before = history.begin(RUN)
        history.record(before, result("old"))
        one, other = history.begin(RUN), history.begin(RUN)
        for key in ("sure", "lost"):
            assert history.claim([key], other)
        history.record(other, result("sure", cell=Cell("1")))
        history.record(other, result("lost", CellState.NO_ANSWER, cell=Cell("2")))
        # It asked for what was known before to be evaluated again.
        assert history.claim(["old", "sure", "lost"], one) == {"old", "lost"}
        assert set(history.find_known(["sure"])) == {"sure"}
        assert history.claim(["sure"], history.begin(RUN)) == {"sure"}


def test_a_closed_history_leaves_nobody_who_uses_the_database(tmp_path: Path) -> None:
    for number in range(20):
        with open_history(tmp_path / "h.sqlite", beat=0.0001) as history:
            run = history.begin(RUN)
            if number % 2:
                history.finish(run, 0)
        assert ALIVE not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("finished", [False, True])
def test_a_closed_history_leaves_no_claim(finished: bool, tmp_path: Path) -> None:
    place = tmp_path / "h.sqlite"
    with open_history(place) as history:
        run = history.begin(RUN)
        assert history.claim(["k"], run)
        if finished:
            history.finish(run, 0)
    with open_history(place) as history:
        assert history.claim(["k"], history.begin(RUN))

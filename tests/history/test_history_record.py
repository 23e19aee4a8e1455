"""What a run records is there afterwards, in both databases, once."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import process
from harness.cell import Cell, CellResult, CellState, CellTest
from harness.history import write
from harness.history.history import History, open_history
from harness.history.schema import METADATA
from harness.history.text import escape, unescape
from harness.model import Outcome, Verdict
from tests.history.made import CELL, FAIL, PASS, RESULTS, RUN, TEXT, UNRESOLVED, again, ended, result


@given(TEXT)
def test_any_text_can_be_held(text: str) -> None:
    held = escape(text)
    assert unescape(held) == text
    assert "\x00" not in held
    held.encode()


@given(TEXT, TEXT)
def test_what_stands_for_texts_tells_them_apart(one: str, other: str) -> None:
    assert (write.digest_of(one) == write.digest_of(other)) is (one == other)
    assert write.digest_of(one, other) != write.digest_of(one + other)


def record_and_finish(history: History, *results: CellResult, kind: str = "matrix") -> int:
    run = history.begin(replace(RUN, kind=kind))
    for one in results:
        assert history.record(run, one)
    history.finish(run, 0)
    return run


# A database for all examples: each is a run of its own.
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(RESULTS, max_size=3, unique_by=lambda one: write.cell_digest(one.cell)))
def test_any_result_comes_back_as_it_was(where: str, results: list[CellResult]) -> None:
    with open_history(where) as history:
        record_and_finish(history, *results)
        assert sorted(map(repr, history.find_last_run("matrix"))) == sorted(map(repr, results))
    with open_history(where) as history:  # another process has nothing in memory
        assert sorted(map(repr, history.find_last_run("matrix"))) == sorted(map(repr, results))


def test_the_known_comes_back_without_what_the_recipe_let_it_do(where: str) -> None:
    test = CellTest("a.ll", FAIL, PASS, Verdict.REGRESSED, 0.25, "llc: SIGSEGV")
    one = replace(result("k", CellState.FAILS, test), cell=replace(CELL, may_fail="old"), reason="a.ll")
    with open_history(where) as history:
        record_and_finish(history, one)
        assert history.find_known(["k", "other", ""]) == {"k": replace(one, cell=CELL)}
        assert history.find_known(["k"], tests=False) == {"k": replace(one, cell=CELL, tests=())}


def test_a_run_has_one_result_of_a_cell(where: str) -> None:
    with open_history(where) as history:
        run = history.begin(RUN)
        assert history.record(run, result("k"))
        assert not history.record(run, result("other", CellState.FAILS))
        history.finish(run, 0)
        assert history.find_last_run("matrix") == (result("k"),)


def count(history: History) -> dict[str, int]:
    with history.database.reading() as connection:
        select = sa.select(sa.func.count())
        return {t.name: connection.scalars(select.select_from(t)).one() for t in METADATA.sorted_tables}


def test_an_answer_that_is_given_again_is_held_once(where: str) -> None:
    one = result("k", CellState.OK, *ended(a=PASS, b=PASS))
    with open_history(where) as history:
        record_and_finish(history, one)
        known = history.find_known(["k"])["k"]
        record_and_finish(history, known, replace(known, cell=replace(CELL, llvm="20")))
        # The other cell has an answer of its own.
        expected = {"runs": 2, "cells": 2, "answers": 2, "results": 3, "tests": 2, "endings": 1}
        assert count(history) == {**expected, "outcomes": 4, "claims": 0}


@pytest.mark.parametrize("state", CellState)
def test_only_what_is_sure_is_known(state: CellState, tmp_path: Path) -> None:
    with open_history(tmp_path / "h.sqlite") as history:
        record_and_finish(history, result("k", state))
        assert set(history.find_known(["k"])) == ({"k"} if state.is_kept else set())


@pytest.mark.parametrize(
    "test",
    [
        CellTest("a.ll", UNRESOLVED),
        CellTest("a.ll", PASS, UNRESOLVED, Verdict.UNRESOLVED),
        CellTest("a.ll", PASS, PASS, Verdict.FLAKY),
    ],
)
def test_an_answer_with_a_test_without_one_is_asked_again(test: CellTest, tmp_path: Path) -> None:
    with open_history(tmp_path / "h.sqlite") as history:
        record_and_finish(history, result("k", CellState.UNPROVEN, test))
        assert history.find_known(["k"]) == {}


def test_answers_that_contradict_each_other_are_not_known(where: str) -> None:
    one = result("k", CellState.OK, *ended(a=PASS, b=PASS))
    other = replace(again(one, *ended(a=PASS, b=FAIL)), state=CellState.FAILS)
    same = again(result("same", CellState.FAILS, *ended(a=FAIL)), *ended(a=Outcome.CRASH))
    with open_history(where) as history:
        record_and_finish(history, one)
        record_and_finish(history, other)
        record_and_finish(history, again(other, *ended(a=PASS, b=PASS)))
        assert history.find_known(["k"]) == {}
        assert history.find_flaky(["k", "same"]) == {"k": ("b.ll",)}
        # How a test fails may vary; the newest answer is given, and one that was none says nothing.
        record_and_finish(history, again(same, *ended(a=FAIL)))
        record_and_finish(history, same)
        record_and_finish(history, result("same", CellState.NO_ANSWER, begun=9.0))
        assert history.find_known(["same"]) == {"same": same}
        assert history.find_flaky(["same"]) == {}


def test_an_answer_without_one_for_a_test_does_not_contradict_one_with_it(tmp_path: Path) -> None:
    lost = result("k", CellState.UNPROVEN, *ended(a=PASS, b=UNRESOLVED))
    found = replace(again(lost, *ended(a=PASS, b=PASS)), state=CellState.OK)
    with open_history(tmp_path / "h.sqlite") as history:
        record_and_finish(history, lost)
        record_and_finish(history, found)
        assert history.find_known(["k"]) == {"k": found}
        # But what it says of another test does.
        record_and_finish(history, result("k", CellState.FAILS, *ended(a=FAIL, b=UNRESOLVED), begun=9.0))
        assert history.find_known(["k"]) == {}
        assert history.find_flaky(["k"]) == {"k": ("a.ll",)}


def test_a_test_that_was_flaky_within_a_run_is_flaky(tmp_path: Path) -> None:
    flaky = CellTest("a.ll", PASS, PASS, Verdict.FLAKY)
    with open_history(tmp_path / "h.sqlite") as history:
        record_and_finish(history, result("k", CellState.FLAKY, flaky, CellTest("b.ll", PASS)))
        record_and_finish(history, result("k", CellState.OK, CellTest("a.ll", UNRESOLVED), begun=2.0))
        assert history.find_flaky(["k"]) == {"k": ("a.ll",)}
        # Nor is another answer of the same key sure.
        record_and_finish(history, result("k", CellState.OK, CellTest("a.ll", PASS), begun=3.0))
        assert history.find_known(["k"]) == {}


def test_the_last_run_is_the_last_that_was_finished(where: str) -> None:
    with open_history(where) as history:
        assert history.find_last_run("matrix") == ()
        record_and_finish(history, result("1"))
        record_and_finish(history, result("2"))
        record_and_finish(history, result("3"), kind="check")
        killed = history.begin(RUN)
        history.record(killed, result("4"))
        now = history.begin(RUN)
        history.record(now, result("5"))
        assert history.find_last_run("matrix", now) == (result("2"),)
        history.finish(now, 1)
        assert history.find_last_run("matrix", now) == (result("2"),)
        assert history.find_last_run("matrix") == (result("5"),)


def test_the_last_result_of_each_cell_may_be_of_several_runs(where: str) -> None:
    other, never = Cell("20", series="a-fix"), Cell("21")
    with open_history(where) as history:
        record_and_finish(history, result("1"), result("2", cell=other, begun=5.0))
        record_and_finish(history, result("3", CellState.FAILS, *ended(a=FAIL)))
        record_and_finish(history, result("4"), kind="check")
        now = history.begin(RUN)
        history.record(now, result("5"))
        allowed = replace(CELL, may_fail="new in the recipe")
        found = history.find_last([allowed, other, never], "matrix", now)
        assert found == {
            allowed: result("3", CellState.FAILS, *ended(a=FAIL)),
            other: result("2", cell=other, begun=5.0),
        }


KILLED = """
import os, signal, sys
from tests.history.made import RUN, result
from harness.history.history import open_history
with open_history(sys.argv[1]) as history:
    run = history.begin(RUN)
    history.record(run, result("k"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_is_killed_keeps_what_it_recorded(where: str) -> None:
    done = process.run([sys.executable, "-c", KILLED, where])
    assert done.returncode == -signal.SIGKILL
    with open_history(where) as history:
        assert set(history.find_known(["k"])) == {"k"}

"""What the history says of runs that both databases hold."""

from __future__ import annotations

from dataclasses import replace

from harness.cell import Cell, CellResult, CellState, CellTest
from harness.history.history import History, open_history
from harness.history.queries import Queries
from harness.history.timeline import Durations, FlakyTest
from tests.history.made import CELL, FAIL, PASS, RUN, ended, result

SUITE = Cell("19")


def add_run(history: History, *results: CellResult, kind: str = "matrix", code: int | None = 0) -> int:
    run = history.begin(replace(RUN, kind=kind))
    for one in results:
        history.record(run, one)
    if code is not None:
        history.finish(run, code)
    return run


def with_series(one: CellResult, series: str) -> CellResult:
    return replace(one, identities={"series": series, "suite": "s"})


def test_runs_with_how_their_cells_ended(where: str) -> None:
    with open_history(where) as history:
        queries = Queries(history.database)
        assert (queries.list_runs(9), queries.find_run(None)) == ((), None)
        one = add_run(history, result("1"), result("2", CellState.FAILS, cell=SUITE), code=1)
        other = add_run(history, kind="check", code=None)
        last = add_run(history, result("3", CellState.NO_ANSWER), result("4", cell=SUITE))
        newest, killed, oldest = queries.list_runs(9)
        assert [newest.number, killed.number, oldest.number] == [last, other, one]
        assert (newest.states, killed.states) == ({"ok": 1, "no answer": 1}, {})
        assert (oldest.states, oldest.exit_code, oldest.info) == ({"ok": 1, "fails": 1}, 1, RUN)
        assert (killed.finished, killed.exit_code) == (None, None)
        assert queries.list_runs(1, "check") == (killed,)
        assert queries.list_runs(1) == (newest,)
        assert (queries.find_run(None), queries.find_run(one), queries.find_run(99)) == (newest, oldest, None)
        assert [r.key for r in queries.read_run(last)] == ["3", "4"]
        assert Queries(history.database, newest.begun).list_runs(9) == (newest,)


def test_since_when_a_cell_is_bad(where: str) -> None:
    with open_history(where) as history:
        good = add_run(history, with_series(result("1"), "p1"), result("s", CellState.UNPROVEN, cell=SUITE))
        add_run(history, result("1", CellState.NO_ANSWER, begun=5.0))
        failing = with_series(replace(result("2", CellState.FAILS), reason="a.ll"), "p2")
        bad = add_run(history, failing)
        last = add_run(history, failing)
        queries = Queries(history.database)
        fix, suite = queries.find_first_bad("*")
        assert (fix.cell, fix.test, fix.changed) == (CELL.name, "", ("series: p1 -> p2",))
        assert fix.good is not None
        assert (fix.good.run, fix.bad.run, fix.last.run, fix.last.said) == (good, bad, last, "fails: a.ll")
        assert (suite.cell, suite.good, suite.bad.run) == (SUITE.name, None, good)
        assert queries.find_first_bad(CELL.name) == (fix,)
        assert Queries(history.database, fix.bad.begun).find_first_bad("a-fix*")[0].good is None


def test_since_when_a_test_is_bad(where: str) -> None:
    failing = CellTest("b.ll", FAIL, why="llc: SIGSEGV")
    with open_history(where) as history:
        good = add_run(history, result("1", CellState.OK, *ended(a=PASS, b=PASS)))
        bad = add_run(history, result("2", CellState.FAILS, *ended(a=PASS), failing))
        queries = Queries(history.database)
        (one,) = queries.find_first_bad("*", "*")
        assert (one.cell, one.test, one.bad.run, one.last.said) == (
            CELL.name,
            "b.ll",
            bad,
            "FAIL: llc: SIGSEGV",
        )
        assert one.good is not None
        assert one.good.run == good
        assert queries.find_first_bad("*", "a*") == ()
        assert queries.find_first_bad("other", "*") == ()


def test_flake_rates(where: str) -> None:
    with open_history(where) as history:
        for begun, outcome in enumerate((PASS, FAIL, PASS, PASS)):
            add_run(history, result("k", CellState.OK, *ended(a=outcome, b=PASS), begun=float(begun)))
        # Known: not evaluated, so it says nothing of how often it fails.
        add_run(history, result("k", CellState.OK, *ended(a=PASS, b=PASS), begun=3.0))
        add_run(history, result("", CellState.FAILS, *ended(b=FAIL), begun=9.0))
        queries = Queries(history.database)
        assert queries.find_flaky("*") == (FlakyTest("a.ll", (CELL.name,), 4, 1),)
        assert queries.find_flaky("b*") == ()
        assert Queries(history.database, 2.0).find_flaky("*") == ()


def test_durations_of_what_was_evaluated(where: str) -> None:
    tests = CellTest("a.ll", PASS, seconds=1.0), CellTest("b.ll", PASS, seconds=0.25)
    fix = replace(result("1", CellState.OK, *tests), seconds=8.0)
    newer = replace(fix, cell=Cell("20", series="a-fix"), tests=(CellTest("a.ll", PASS, seconds=3.0),))
    with open_history(where) as history:
        first = add_run(history, fix, newer, replace(result("s", cell=SUITE), seconds=2.0))
        second = add_run(history, fix, replace(newer, seconds=16.0, begun=5.0))
        queries = Queries(history.database)
        assert queries.find_durations("series", "*") == (Durations("a-fix", ((first, 16.0), (second, 16.0))),)
        assert set(queries.find_durations("cell", "*")) == {
            Durations(fix.cell.name, ((first, 8.0),)),
            Durations(newer.cell.name, ((first, 8.0), (second, 16.0))),
            Durations(SUITE.name, ((first, 2.0),)),
        }
        assert set(queries.find_durations("test", "*")) == {
            Durations("a.ll", ((first, 2.0), (second, 3.0))),
            Durations("b.ll", ((first, 0.25),)),
        }
        (runs,) = queries.find_durations("run", "matrix")
        assert [run for run, _seconds in runs.points] == [first, second]
        assert queries.find_durations("run", "check") == ()

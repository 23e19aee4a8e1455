"""`--matrix`: what pytest calls a cell's state, and the report that workers put together."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from harness.cell import Cell, CellResult, CellState
from harness.matrix import record
from harness.matrix.recipe import parse
from harness.pytest_plugin import cells
from harness.pytest_plugin.distribution import Distribution
from harness.pytest_plugin.items import ItemFailedError
from harness.pytest_plugin.matrix import MatrixRun
from harness.store import Store
from tests.cli.test_cli_matrix import place  # noqa: F401 - a fixture
from tests.command import Harness
from tests.matrix.made import MIXED
from tests.matrix.small import RECIPE
from tests.pytest_plugin.started import run_pytest


def ending(result: CellResult) -> str:
    """What pytest calls it, and what it shows."""
    try:
        cells.conclude_cell(result, "harness matrix")
    except (pytest.skip.Exception, pytest.xfail.Exception) as raised:
        return f"{type(raised).__name__}: {raised.msg}"
    except ItemFailedError as raised:
        return f"failed: {raised}"
    return "passed"


def test_every_state_of_a_cell() -> None:
    found = {state: ending(CellResult(Cell("19"), state, "why")) for state in CellState}
    again = "\nrepeat: harness matrix"
    assert found == {
        CellState.OK: "passed",
        CellState.PORTS: "passed",
        CellState.COMPILES: "passed",
        CellState.DOES_NOT_APPLY: "passed",
        CellState.DOES_NOT_COMPILE: "passed",
        CellState.SKIPPED: "Skipped: why",
        CellState.ALREADY_FAILING: "XFailed: already failing on base: why",
        CellState.FAILS: f"failed: fails: why{again}",
        CellState.DOES_NOT_BUILD: f"failed: does not apply or build: why{again}",
        CellState.UNPROVEN: f"failed: unproven: why{again}",
        CellState.FLAKY: f"failed: flaky: why{again}",
        CellState.NO_ANSWER: f"failed: no answer: why{again}",  # before that, its setup has failed
    }


def test_a_cell_that_may_fail_is_an_expected_failure_and_red_tests_are_named() -> None:
    found = {cells.item_name(one.cell): ending(one) for one in MIXED.cells}
    assert found["suite[llvm-9]"].startswith("XFailed: fails: 1 of 2 tests (X86/1.ll) red (allowed: LLVM 9 ")
    assert "\n  CRASH X86/1.ll: llc: SIGSEGV\n" in found["a-fix[llvm-22]"]


def test_the_report_has_what_all_workers_left(tmp_path: Path) -> None:
    recipe = parse("ci/matrix.toml", RECIPE.encode())
    first, second, third, _ = recipe.cells()
    runs = [MatrixRun(Store(tmp_path), recipe, 1, Distribution((), str(tmp_path))) for _ in range(3)]
    for one, cell in zip(runs, (first, second), strict=False):
        result = CellResult(cell, CellState.OK, key="k", seconds=1.5)
        report = record.MatrixReport("", "", (result,), known=1)
        one.leave(report)
    found = runs[2].report(frozenset({first, second, third}))
    assert [(one.cell, one.state, one.reason) for one in found.cells] == [
        (first, CellState.OK, ""),
        (second, CellState.OK, ""),
        (third, CellState.NO_ANSWER, "its process ended before its result"),
    ]
    assert (found.known, found.executor, found.exit_code) == (2, "pytest", 4)


@pytest.mark.needs_llvm
@pytest.mark.slow
@pytest.mark.xdist_group("plugin")
def test_the_grid_is_that_of_harness_matrix(place: Path, harness: Harness) -> None:  # noqa: F811 - the fixture
    mine = ("--matrix", "ci/matrix.toml", "--matrix-json", "mine.json", "-rA", "-p", "no:cacheprovider")
    env = {"HARNESS_HISTORY": str(place / "history.sqlite")}
    (place / "test_python.py").write_text("def test_a(): assert False\n")  # nobody asks for it
    ran = run_pytest(place, *mine, "-n", "2", env=env)
    assert (ran.code, ran.listed("PASSED")) == (1, ["ci/matrix.toml::suite A[wheel]"])
    assert ran.listed("FAILED") == ["ci/matrix.toml::suite B[wheel]"]
    assert "SKIPPED [2] ci/matrix.toml:1: no LLVM 99 is installed" in ran.text
    assert "suite B  F      ." in ran.lines
    assert "repeat: harness matrix --recipe ci/matrix.toml --only 'suite B [wheel]' --again" in ran.lines
    harness("matrix", "-q", "--history", "none", "--json", "theirs.json", cwd=place)
    both = [record.decode((place / name).read_bytes()) for name in ("mine.json", "theirs.json")]
    kept = [[(one.cell, one.state, one.reason, one.key, one.identities) for one in r.cells] for r in both]
    assert kept[0] == kept[1]
    again = run_pytest(place, *mine, "ci/matrix.toml::suite A[wheel]", env=env)
    assert again.code == 0
    assert "1 cell: 1 ok; 1 known, " in again.text
    assert [one["state"] for one in json.loads((place / "mine.json").read_text())["matrix"]["cells"]] == [
        "ok"
    ]
    with sqlite3.connect(place / "history.sqlite") as database:
        runs = database.execute("select kind, exit_code, finished is not null from runs order by id")
        assert runs.fetchall() == [("pytest", 1, 1), ("pytest", 0, 1)]
    database.close()


def test_a_recipe_that_is_wrong_is_said_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("[matrix]\ntitle = 1\n")
    for args, said in (
        (("--matrix", "m.toml"), "ERROR: m.toml: line 2: matrix.title: "),
        (
            ("--matrix-json", "x"),
            "ERROR: --matrix-json without --matrix\nnext: name a recipe: --matrix ci/matrix.toml",
        ),
    ):
        ran = run_pytest(tmp_path, *args, "-p", "no:cacheprovider")
        assert ran.code == 4
        assert said in ran.text

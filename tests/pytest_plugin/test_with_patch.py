"""`pytest SUITE --patch PATCH` on real LLVM 19: what the patch does to each test, and to all of them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.cell import CellState
from harness.history.history import open_history
from tests.cli.test_check_reach import ADDED, CALL, TEST
from tests.command import LOWER, LOWERS_PATCHPOINT, SUITE_CONFIG, Harness, Source
from tests.pytest_plugin.started import failures, run_pytest

pytestmark = [
    pytest.mark.needs_llvm,
    pytest.mark.builds,
    pytest.mark.slow,
    pytest.mark.xdist_group("overlay"),
]
ASKED = ("--patch", "my.patch", "-rA", "-q", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def place(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite, and the patch that tests/cli/test_check_reach.py has built as well."""
    top = tmp_path_factory.mktemp("patch")
    (top / "suite").mkdir()
    (top / "suite/lit.cfg.py").write_text(SUITE_CONFIG)
    for name, run, function, call in (
        ("lives", "", "lives", CALL),
        ("mended", "not --crash", "dies", CALL),
        ("broken", "", "dies", CALL),
        ("failing", "not", "lives", CALL),
        ("plain", "", "plain", ""),
    ):
        (top / f"suite/{name}.ll").write_text(TEST.format(name=function, run=run, call=call))
    patch = source.diff({LOWER: (LOWERS_PATCHPOINT, LOWERS_PATCHPOINT + ADDED)})
    (top / "my.patch").write_bytes(patch)
    return top


def test_each_verdict_is_an_outcome_of_pytests(place: Path) -> None:
    history = place / "history.sqlite"
    ran = run_pytest(place, "suite", "-n", "2", *ASKED, env={"HARNESS_HISTORY": str(history)})
    assert ran.code == 1
    assert ran.listed("PASSED") == ["suite/lives.ll[llvm-19]", "suite/mended.ll[llvm-19]"]
    assert ran.listed("FAILED") == ["my.patch::conclusion[llvm-19]", "suite/broken.ll[llvm-19]"]
    assert ran.listed("XFAIL") == ["suite/failing.ll[llvm-19]"]
    assert "SKIPPED [1] suite/plain.ll:1: unreached: gets to nothing that the series changes" in ran.lines
    assert (
        "llvm-19: NOT OK: regressed: broken.ll "
        "(1 fixed, 1 regressed, 1 passes, 1 still-failing, 1 unreached)" in ran.lines
    )
    assert "repeat: pytest 'suite/broken.ll[llvm-19]' --patch my.patch" in ran.lines
    broken = failures(ran.text)
    assert "regressed\n  base:    passes\n  patched: llc: fatal error: as asked for" in broken
    with open_history(history) as opened:
        (cell,) = opened.find_last_run("pytest")
    assert (cell.cell.series, cell.state, len(cell.tests)) == ("my.patch", CellState.FAILS, 5)


def test_a_patch_that_no_test_could_see_is_red(place: Path, harness: Harness) -> None:
    """Whatever of its tests was asked for, and whatever pytest's own count says."""
    ids = ("suite/plain.ll[llvm-19]", "suite/lives.ll[llvm-19]")
    ran = run_pytest(place, *ids, "-k", "plain", *ASKED)
    assert (ran.code, ran.listed("FAILED")) == (1, ["my.patch::conclusion[llvm-19]"])
    unproven = "unproven: no test enters what it changes: add one, or name more with --suite"
    assert f"llvm-19: {unproven} (1 unreached)" in ran.lines
    (command,) = (line for line in ran.lines if line.startswith("repeat: harness"))
    said = harness(*shlex.split(command)[2:], cwd=place)
    assert (said.code, unproven in said.out) == (1, True)

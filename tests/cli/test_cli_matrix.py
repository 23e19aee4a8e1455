"""`harness matrix` as a user runs it: the grid, what is known next time, what is wrong with a recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import EXIT_ENVIRONMENT, EXIT_USAGE, EXIT_VERDICT
from tests.matrix.small import PASSES, RECIPE, write_matrix

if TYPE_CHECKING:
    from tests.command import Harness, Said


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a suite of two tests, no series, and a recipe."""
    write_matrix(tmp_path)
    return tmp_path


def matrix(harness: Harness, place: Path, *args: str) -> Said:
    history = place / "history.sqlite"
    return harness("matrix", "-q", "--history", str(history), *args, cwd=place)


@pytest.mark.needs_llvm
@pytest.mark.slow
def test_a_matrix_ends_with_the_grid_and_knows_it_the_next_time(harness: Harness, place: Path) -> None:
    files = {name: place / f"out.{name}" for name in ("json", "junit", "markdown", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    first = matrix(harness, place, *options)
    assert first.code == EXIT_VERDICT
    assert first.out.startswith(
        "small\n\n         wheel  system:99\nsuite A  +      .\nsuite B  F      .\n+ ok, F fails, . skipped\n"
    )
    assert "\nsuite B [wheel]: fails: 1 of 1 tests (B/b.ll) red\n" in first.out
    assert "suite A [system:99]: skipped: " in first.out
    assert "4 cells: 1 ok, 1 fails, 2 skipped; 0 known, " in first.out
    cells = json.loads(files["json"].read_text())["matrix"]["cells"]
    assert {cell["state"] for cell in cells} == {"ok", "fails", "skipped"}
    assert all(path.read_text() for path in files.values())

    (place / "lit-tests/B/b.ll").write_text(PASSES)
    # The suite has changed, so both of its cells run again; the second time neither does.
    second, third = matrix(harness, place), matrix(harness, place)
    assert second.code == third.code == 0
    assert "changes since the last recorded run:\n  suite B [wheel]: fails -> ok\n" in second.out
    assert "; 0 known, " in second.out
    assert "no change since the last recorded run\n4 cells: 2 ok, 2 skipped; 2 known, " in third.out


def test_only_llvms_that_are_not_there_is_no_pass(harness: Harness, place: Path) -> None:
    said = matrix(harness, place, "--only", "system:99")
    assert said.code == EXIT_ENVIRONMENT
    assert said.out.endswith("NOT OK\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("--recipe", "none.toml"),
            "none.toml: cannot be read: No such file or directory\n"
            "next: name a recipe with --recipe; see ci/matrix.toml",
        ),
        (
            ("--only", "20"),
            "--only 20: is no row, column or cell\n"
            "  suite A, wheel, system:99, suite B\n"
            "next: use a glob over these",
        ),
        (
            ("no-such-series",),
            "ci/matrix.toml: no-such-series is not a series or a file\n"
            "  series here: \n"
            "next: name a series of patches/, or the path of a patch",
        ),
        (
            ("--json", "out", "--html", "out"),
            "out: is given for --json and for --html\nnext: name two files",
        ),
    ],
)
def test_bad_input(harness: Harness, place: Path, args: tuple[str, ...], message: str) -> None:
    said = matrix(harness, place, *args)
    assert (said.code, said.out) == (EXIT_USAGE, "")
    assert said.err.replace(f"{place}/", "") == f"harness: error: {message}\n"


def test_a_key_that_is_none_is_named_with_its_line(harness: Harness, place: Path) -> None:
    (place / "ci/matrix.toml").write_text(RECIPE.replace("targets", "folders"))
    said = matrix(harness, place)
    assert (said.code, said.out) == (EXIT_USAGE, "")
    assert said.err == (
        f'harness: error: {place}/ci/matrix.toml: line 9: unknown key "folders" in suite[0]\n'
        "next: use one of name, targets, llvm\n"
    )

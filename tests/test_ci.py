"""ci/check-versions: every version is checked, and the worst exit code is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import process

SCRIPT = Path(__file__).parents[1] / "ci/check-versions"


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A harness that notes its arguments and ends with 1 for LLVM 22, with 3 for LLVM 16, else with 0."""
    path = tmp_path / "harness"
    path.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ncase "$3" in 22) exit 1;; 16) exit 3;; esac\n'
    )
    path.chmod(0o755)
    return path


def run(command: Path, *arguments: str) -> process.Completed:
    return process.run([SCRIPT, *arguments], env={"HARNESS": str(command)})


@pytest.mark.parametrize(
    ("versions", "code"), [(("19",), 0), (("19", "22"), 1), (("22", "19"), 1), (("16", "22", "19"), 3)]
)
def test_goes_on_and_ends_with_the_highest_code(
    tmp_path: Path, command: Path, versions: tuple[str, ...], code: int
) -> None:
    reports = tmp_path / "new/reports"
    result = run(command, str(reports), *versions, "--", "a.patch", "b")
    assert result.returncode == code
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"check --llvm {n} --json {reports}/llvm-{n}.json --junit {reports}/llvm-{n}.xml"
        f" --markdown {reports}/llvm-{n}.md a.patch b"
        for n in versions
    ]


@pytest.mark.parametrize(
    ("arguments", "what"), [((), "no folder for the reports"), (("reports",), "no LLVM version")]
)
def test_what_is_missing_is_named(command: Path, arguments: tuple[str, ...], what: str) -> None:
    result = run(command, *arguments)
    assert result.returncode == 2
    assert result.stderr.decode() == (
        f"ci/check-versions: error: {what}\nnext: ci/check-versions REPORTS VERSION... [-- SERIES...]\n"
    )

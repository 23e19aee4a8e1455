"""The locked versions: what `make check` installs is a part of what `make test` installs, and enough."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from harness import process

REPOSITORY = Path(__file__).parents[1]


def read(name: str) -> dict[str, list[str]]:
    """The entries of a lock by package: its lines, with versions and hashes, one for each marker."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (REPOSITORY / name).read_text().strip()):
        found.setdefault(re.split(r"[=;\s]", block)[0], []).append(block)
    return found


def test_both_have_the_same_versions() -> None:
    """Else `make test` would replace what `make check` runs with."""
    few, all_ = read("requirements.lock"), read("requirements-dev.lock")
    assert {name: all_.get(name) for name in few} == few
    assert len(few) < len(all_) / 2


def test_the_small_one_has_what_the_harness_needs_and_no_more() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=\[]", one)[0] for one in project["dependencies"]}
    few = read("requirements.lock").keys()
    assert names | {"hatchling"} <= few
    assert few.isdisjoint({"pytest", "mypy", "ruff", "moto", "distributed", "zizmor"})


@pytest.mark.parametrize(
    ("target", "locks"),
    [
        ("check", ["requirements.lock"]),
        ("mutants", ["requirements.lock"]),
        ("matrix", ["requirements.lock"]),
        ("test", ["requirements.lock", "requirements-dev.lock"]),
        ("lint", ["requirements.lock", "requirements-dev.lock"]),
        ("unit", ["requirements.lock", "requirements-dev.lock"]),
    ],
)
def test_a_target_installs_what_it_takes(tmp_path: Path, target: str, locks: list[str]) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    # No make around the tests says how, and nothing is run.
    done = process.run(["make", "-n", target], cwd=tmp_path, env={"MAKEFLAGS": None, "MAKELEVEL": None})
    assert done.ok, done.text
    asked = re.findall(r"--require-hashes -r (\S+)", done.stdout.decode())
    assert list(dict.fromkeys(asked)) == locks

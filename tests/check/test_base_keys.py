"""What the key names under which it is known what tests did on base."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from harness import imports
from harness.check import base_runs
from harness.check.base_runs import key, key_of_tests
from harness.imports import closure
from harness.runner.runs import Suite
from tests.check.test_base_runs import NAMES, suite, tools

__all__ = ["suite"]

PACKAGE = Path(imports.__file__).parent


@pytest.mark.parametrize("what", [{"names": NAMES}, {"pattern": "a"}, {"inputs": ("a.ll",)}])
def test_a_selection_has_a_key_of_its_own(suite: Suite, what: dict[str, Any]) -> None:
    """What is made of all that a suite selects, such as a map of it, depends on it."""
    selected = replace(suite, **what)
    assert key(tools("base"), selected) != key(tools("base"), suite)
    assert key_of_tests(tools("base"), selected) == key_of_tests(tools("base"), suite)


def test_a_key_names_what_linked_folders_hold(tmp_path: Path, suite: Suite) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.ll").write_text("one")
    (suite.root / "sub").symlink_to(other)
    (other / "back").symlink_to(suite.root)  # a circle
    before = key(tools("base"), suite)
    assert key(tools("base"), suite) == before
    (other / "x.ll").write_text("two")
    assert key(tools("base"), suite) != before


@pytest.mark.parametrize(
    ("name", "counts"), [("FILECHECK_OPTS", True), ("LD_PRELOAD", True), ("TMPDIR", False), ("ANY", False)]
)
def test_a_key_names_what_tests_see_of_the_environment(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    monkeypatch.delenv(name, raising=False)
    before = key(tools("base"), suite)
    monkeypatch.setenv(name, "/x")
    assert (key(tools("base"), suite) != before) is counts


@pytest.mark.parametrize("checker", ["lit", "filecheck"])
def test_a_key_names_the_version_of_the_checkers(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, checker: str
) -> None:
    before = key(tools("base"), suite)
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0" if name == checker else real(name))
    monkeypatch.setattr(base_runs, "fingerprint", imports.fingerprint.__wrapped__)  # a process asks once
    assert key(tools("base"), suite) != before


def test_a_key_names_the_limits_of_the_machine(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(tools("base"), suite)
    monkeypatch.setattr("resource.getrlimit", lambda _which: (7, 7))
    assert key(tools("base"), suite) != before


@pytest.mark.slow
def test_a_key_is_the_same_in_another_checkout(tmp_path: Path, suite: Suite) -> None:
    """The suite is the same files at the same place; the harness that runs it is a copy of this one."""
    shutil.copytree(PACKAGE, tmp_path / "elsewhere/harness", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "from pathlib import Path; from harness.check.base_runs import key;"
        "from harness.llvm import Toolchain; from harness.runner.runs import Suite;"
        f"print(key(Toolchain('base', '19', {{}}, '', 'base'), Suite(Path({str(suite.root)!r}), 1)))"
    )
    keys = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True
        ).stdout
        for place in (PACKAGE.parent, tmp_path / "elsewhere")
    ]
    assert keys[0] == keys[1] != ""


def test_a_key_is_the_same_for_another_path_of_python(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """LLVM's site configuration names it (llvm_tests.py), and each checkout has its own."""

    def of(executable: str) -> str:
        monkeypatch.setattr(sys, "executable", executable)
        return key(
            tools("base"), replace(suite, site=f'config.python_executable = "{executable}"', identity="i")
        )

    assert of("/one/.venv/bin/python") == of("/two/.venv/bin/python")


def test_the_scripts_of_the_suite_import_what_a_key_names() -> None:
    """They find the harness beside them (lit-tests/lit.cfg.py, `%python`)."""
    decides = {path.resolve() for path in closure(*base_runs._CODE)}
    scripts = [path for path in (PACKAGE.parent / "lit-tests").rglob("*.py") if path.name != "lit.cfg.py"]
    named = {
        str(node.module)
        for path in scripts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("harness.")
    }
    assert named
    places = (PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py") for name in named)
    assert [str(place) for place in places if place not in decides] == []


def test_the_code_of_a_key_is_what_decides() -> None:
    found = {path.relative_to(PACKAGE).as_posix() for path in closure(*base_runs._CODE)}
    assert {
        "runner/worker.py",
        "process/child.py",
        "runner/lit_shell.py",
        "crash/signature.py",
        "stackmaps/command.py",
        "stackmaps/roots/compare.py",
        "console/program.py",
        "__init__.py",
    } <= found
    assert {name for name in found if name.startswith("cli/")} == set()
    assert not found & {"authoring/lint.py", "authoring/index.py", "check/judge.py", "check/base_runs.py"}

"""The code that decides something: found by its imports, and named wherever it is installed."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from harness import imports
from tests.parsed import nodes

PACKAGE = Path(imports.__file__).parent
RUNNER = "harness.runner.worker"


def closure(*modules: str) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in imports.closure(*modules)}


def test_a_closure_has_what_is_imported_anywhere_and_the_packages_it_is_in() -> None:
    found = closure(RUNNER)
    assert {"__init__.py", "runner/__init__.py", "process/child.py", "crash/signature.py"} <= found
    assert not {name for name in found if name.startswith(("check/", "report/", "authoring/"))}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package in another place."""
    target = tmp_path / "elsewhere/harness"
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def fingerprint_of(package: Path) -> str:
    """A fingerprint as the package computes it."""
    code = f"from harness.imports import fingerprint; print(*fingerprint('{RUNNER}'), sep='\\n')"
    argv = [sys.executable, "-c", code]
    return subprocess.run(argv, cwd=package.parent, capture_output=True, text=True, check=True).stdout


def test_a_fingerprint_is_the_same_in_every_place(copy: Path) -> None:
    assert fingerprint_of(copy) == "\n".join(imports.fingerprint(RUNNER)) + "\n"


@pytest.mark.parametrize(
    ("name", "counts"),
    [("runner/filecheck.py", True), ("crash/frames.py", True), ("authoring/lint.py", False)],
)
def test_a_fingerprint_changes_with_the_code_that_decides(copy: Path, name: str, counts: bool) -> None:
    before = fingerprint_of(copy)
    with (copy / name).open("a") as file:
        file.write("# changed\n")
    assert (fingerprint_of(copy) != before) is counts


@pytest.mark.parametrize(("package", "counts"), [("lit", True), ("filecheck", True), ("llvmlite", False)])
def test_a_fingerprint_names_the_versions_of_what_is_imported(
    monkeypatch: pytest.MonkeyPatch, package: str, counts: bool
) -> None:
    before = imports.fingerprint(RUNNER)
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0" if name == package else real(name))
    # A process asks once.
    assert (imports.fingerprint.__wrapped__(RUNNER) != before) is counts


def test_every_distribution_is_known_by_the_name_of_its_package() -> None:
    """Else its version would silently be in no fingerprint."""
    named = set()
    for node in nodes():
        if isinstance(node, ast.Import):
            named |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add(str(node.module).split(".")[0])
    foreign = named - sys.stdlib_module_names - {"harness"}
    assert {"lit", "elftools"} <= foreign
    assert {name for name in foreign if imports._version(name) is None} == set()

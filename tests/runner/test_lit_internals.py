"""lit's internals: used in one module, checked before a test runs, of a pinned version."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

import harness
from harness.errors import EXIT_ENVIRONMENT, EnvironmentLacksError
from harness.llvm import Toolchain
from harness.progress import Silent
from harness.runner import lit_internals, runs
from harness.runner.runs import Suite
from tests.parsed import modules

pytestmark = pytest.mark.slow

PACKAGE = Path(harness.__file__).parent
LIT = Path(str(importlib.import_module("lit").__file__)).parent
CONFIG = """\
import lit.formats
config.name = "s"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
"""
NEXT = f"next: type: {sys.executable} -m pip install 'lit>=23.1,<24'"


def names_lit(tree: ast.AST) -> bool:
    """Whether a module imports lit, or names a module of lit in a string, as importlib takes it."""
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add(str(node.module))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named |= {node.value} & lit_internals._NAMES.keys()
    return any(name.split(".")[0] == "lit" for name in named)


def test_one_module_uses_lits_internals() -> None:
    assert [name for name, tree in modules().items() if names_lit(tree)] == ["runner.lit_internals"]


@pytest.mark.parametrize("text", ["import lit", "def f():\n from lit import Test", "g('lit.TestRunner')"])
def test_a_use_in_another_module_is_found(text: str) -> None:
    assert names_lit(ast.parse(text))


def test_every_name_of_lit_that_is_used_is_checked() -> None:
    text = (PACKAGE / "runner/lit_internals.py").read_text()
    direct = set(re.findall(r'_module\("lit\.\w+"\)\.(\w+)', text))
    bound = {
        found[2]
        for variable in re.findall(r'(\w+) = _module\("lit\.\w+"\)\n', text)
        for found in re.finditer(rf"\b({variable})\.(\w+)", text)
    }
    listed = {name for names in lit_internals._NAMES.values() for name in names}
    assert direct | bound == listed


def test_this_lit_is_supported() -> None:
    lit_internals.require()


def test_the_package_requires_the_same_lit() -> None:
    asked = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]["dependencies"]
    assert lit_internals.REQUIREMENT in asked
    locked = re.search(r"^lit==(\d+)\.(\d+)", (PACKAGE.parent / "requirements.lock").read_text(), re.M)
    assert locked
    assert lit_internals._OLDEST <= tuple(map(int, locked.groups())) < lit_internals._TOO_NEW


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "__init__.py",
            "__versioninfo__ = (23,",
            "__versioninfo__ = (24,",
            r"lit 24\.\d+\.\d+ is not supported: the harness uses what another version may have moved",
        ),
        (
            "__init__.py",
            "__versioninfo__ = (23,",
            "__versioninfo__ = (18,",
            r"lit 18\.\d+\.\d+ is not supported: the harness uses what another version may have moved",
        ),
        (
            "TestRunner.py",
            "_executeShCmd",
            "_runShCmd",
            r"lit 23\.\d+\.\d+ is not supported: it has no lit\.TestRunner\._executeShCmd",
        ),
        (
            "builtin_commands/_launch_with_limit.py",
            "",
            "",
            r"lit 23\.\d+\.\d+ is not supported: it has no builtin_commands/_launch_with_limit\.py",
        ),
    ],
)
def test_an_unsupported_lit_is_an_error_before_a_test_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, message: str
) -> None:
    changed = tmp_path / "python/lit"
    shutil.copytree(LIT, changed, ignore=shutil.ignore_patterns("__pycache__"))
    text = (changed / file).read_text()
    assert old in text
    (changed / file).write_text(text.replace(old, new))
    if not old:
        (changed / file).unlink()
    monkeypatch.setenv("PYTHONPATH", str(changed.parent))
    llc = tmp_path / "llc"
    llc.write_text('#!/bin/sh\necho "LLVM version 19.1.7"\n')
    llc.chmod(0o755)
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(CONFIG)
    (suite / "a.test").write_text(f"RUN: touch {tmp_path}/ran\n")
    toolchain = Toolchain("made", "19.1.7", {"llc": llc}, "made here", str(tmp_path))
    for names in ((), ("a.test",)):
        with pytest.raises(EnvironmentLacksError) as raised:
            runs.run(toolchain, Suite(suite, 1, names=names), Silent())
        assert re.fullmatch(f"{message}\n{re.escape(NEXT)}", str(raised.value))
        assert raised.value.exit_code == EXIT_ENVIRONMENT
    assert not (tmp_path / "ran").exists()


def test_a_test_is_the_same_by_its_path_and_in_its_folder(tmp_path: Path) -> None:
    """What a test of base did is known for both (base_runs.key_of_tests)."""
    folder = tmp_path / "sub"
    folder.mkdir()
    (tmp_path / "lit.cfg.py").write_text(f"{CONFIG}config.test_source_root = {str(tmp_path)!r}\n")
    (folder / "lit.local.cfg").write_text("config.environment['X'] = '1'\nconfig.excludes = ['c.test']\n")
    names = ("a.test", "b.test", "c.test", "d.txt", ".e.test")
    for name in names:
        (folder / name).write_text("RUN: true\n")

    def find(*inputs: str) -> list[tuple[tuple[str, ...], str, set[str], str]]:
        tests = lit_internals.find_tests(
            lit_internals.new_config({}), [str(tmp_path / one) for one in inputs]
        )
        return sorted(
            (
                one.path_in_suite,
                one.getSourcePath(),
                one.config.available_features,
                one.config.environment["X"],
            )
            for one in tests
        )

    found = find(".")
    assert [one[0] for one in found] == [("sub", "a.test"), ("sub", "b.test")]
    assert found == find("sub") == find("sub/b.test", "sub/a.test")
    assert find("sub/a.test") == found[:1]
    # Nor is more found by its path than there is in the folder.
    assert find(*(f"sub/{name}" for name in names)) == found

"""Tests run in a copy of their folders: what they write beside themselves reaches nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.llvm import Toolchain
from harness.model import Outcome
from harness.progress import Silent
from harness.runner import llvm_tests, runs
from harness.runner.mirror import mirror
from harness.runner.symlink_tree import make_symlink_tree
from tests.runner.test_llvm_tests import TREE, stand_ins, write

X86 = "llvm/test/CodeGen/X86"
# Each test writes where a careless or hostile one might, and then looks whether another side has been there.
WRITERS = {
    f"{X86}/appends.ll": "; RUN: not grep appended %S/other.ll\n; RUN: echo appended >> %S/other.ll\n",
    f"{X86}/other.ll": "; RUN: true\n",
    f"{X86}/replaces.ll": "; RUN: rm %S/Inputs/data\n; RUN: echo written > %S/Inputs/data\n",
    f"{X86}/itself.ll": "; RUN: echo written >> %s\n",
    f"{X86}/makes.ll": "; RUN: not ls %S/made\n; RUN: echo written > %S/made\n",
    f"{X86}/sub/deep.ll": "; RUN: echo written >> %S/../../X86/other.ll\n; RUN: true\n",
}


def contents(tree: Path) -> dict[str, str]:
    return {str(p.relative_to(tree)): p.read_text() for p in sorted(tree.rglob("*")) if p.is_file()}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path / "tree", {**TREE, **WRITERS, "cmake/x": ""})


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    return Toolchain("made up", "19.1.7", stand_ins(tmp_path / "tools"), "made up", "0")


@pytest.mark.parametrize("where", [[X86], sorted(WRITERS), ["llvm/test/CodeGen"]])
def test_what_a_test_writes_beside_itself_reaches_neither_the_source_nor_another_side(
    tree: Path, toolchain: Toolchain, where: list[str]
) -> None:
    before = contents(tree)
    suite = llvm_tests.suite(toolchain, tree, where, jobs=1)
    for _ in range(2):
        for run in runs.run_all([(toolchain, suite), (toolchain, suite)], Silent()):
            found = {r.name: (r.outcome, r.output) for r in run.results if r.name in WRITERS}
            assert found == dict.fromkeys(WRITERS, (Outcome.PASS, ""))
    assert contents(tree) == before


def test_a_symlink_tree_lets_nothing_through_to_the_trees_it_is_of(
    tree: Path, tmp_path: Path, toolchain: Toolchain
) -> None:
    patched = write(tmp_path / "patched", {f"{X86}/added.ll": "; RUN: echo x >> %S/other.ll\n"})
    make_symlink_tree(tree, patched, [f"{X86}/added.ll"], tmp_path / "symlinks")
    before = contents(tree), contents(patched)
    suite = llvm_tests.suite(toolchain, tmp_path / "symlinks", [f"{X86}/added.ll"], jobs=1)
    (result,) = runs.run(toolchain, suite, Silent()).results
    assert (result.outcome, result.output) == (Outcome.PASS, "")
    assert (contents(tree), contents(patched)) == before


def test_results_name_the_source_and_not_the_copy(tree: Path, toolchain: Toolchain) -> None:
    write(tree, {f"{X86}/where.ll": "; RUN: echo %s | FileCheck %s\n; CHECK: somewhere\n"})
    suite = llvm_tests.suite(toolchain, tree, [f"{X86}/where.ll"], jobs=1)
    (result,) = runs.run(toolchain, suite, Silent()).results
    assert result.outcome is Outcome.FAIL
    assert f"echo {tree}/{X86}/where.ll" in result.output
    assert "/source/llvm/" not in result.output


def test_folders_are_copies_and_all_else_is_links(tree: Path, tmp_path: Path) -> None:
    (tree / X86 / "Inputs/data").chmod(0o755)
    mirror(tree, [X86, f"{X86}/sub", "llvm/test/CodeGen/NotThere"], tmp_path / "copy")
    assert contents(tmp_path / "copy/llvm/test/CodeGen/X86") == contents(tree / X86)
    links = sorted(
        str(p.relative_to(tmp_path / "copy")) for p in (tmp_path / "copy").rglob("*") if p.is_symlink()
    )
    assert links == [
        "cmake",
        "llvm/lib",
        "llvm/test/CodeGen/ARM",
        "llvm/test/lit.cfg.py",
        "llvm/test/lit.site.cfg.py.in",
    ]
    assert (tmp_path / "copy" / X86 / "Inputs/data").stat().st_mode & 0o777 == 0o755

"""The tree of LLVM's tests as a series leaves them: which series share one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.builders.request import Side
from harness.check.select import select
from harness.llvm import Toolchain
from harness.patch import Change, ChangeKind
from harness.runner.selection import Selection
from harness.store import Store
from tests.runner.test_llvm_tests import TREE, stand_ins, write

ADDED, UNIT = "llvm/test/CodeGen/X86/added.ll", "llvm/lib/X.cpp"


@pytest.fixture
def base(tmp_path: Path) -> Side:
    return Side("base", write(tmp_path / "tree", TREE), "b")


def tree(tmp_path: Path, base: Side, name: str, files: dict[str, str]) -> Path:
    """The tree of a series that leaves files so, and deletes those that it gives no text."""
    kinds = {path: ChangeKind.ADDED if text else ChangeKind.DELETED for path, text in files.items()}
    patched = Side("s", write(tmp_path / name, {path: text for path, text in files.items() if text}), name)
    changes = [Change(path, kind) for path, kind in kinds.items()]
    tools = Toolchain("made up", "19.1.7", stand_ins(tmp_path / "tools"), "made up", "0")
    runs = select(Store(tmp_path / "store"), Selection(()), changes, base, patched, tools)
    assert runs.symlinked is not None
    return runs.symlinked.whole.tree


def test_an_edit_that_leaves_the_tests_alone_finds_their_tree(tmp_path: Path, base: Side) -> None:
    first, edited, alone = (
        tree(tmp_path, base, name, {ADDED: "; RUN: true\n", **unit})
        for name, unit in [("1", {UNIT: "old"}), ("2", {UNIT: "new"}), ("3", {})]
    )
    assert first == edited == alone
    assert (first / ADDED).read_text() == "; RUN: true\n"
    # It outlives the copy of the source that the series was applied to.
    assert (tmp_path / "1" / ADDED).stat().st_ino != (first / ADDED).stat().st_ino


def test_tests_that_are_left_otherwise_have_a_tree_of_their_own(tmp_path: Path, base: Side) -> None:
    trees = {
        tree(tmp_path, base, name, {ADDED: "; RUN: true\n", **files})
        for name, files in [
            ("1", {}),
            ("2", {"llvm/test/CodeGen/X86/more.ll": "; RUN: true\n"}),
            ("3", {"llvm/test/CodeGen/X86/passes.ll": ""}),
        ]
    }
    assert len({*trees, tree(tmp_path, base, "4", {ADDED: "; RUN: false\n"})}) == 4
    other = Side("base", base.root, "another base")
    assert tree(tmp_path, other, "5", {ADDED: "; RUN: true\n"}) not in trees

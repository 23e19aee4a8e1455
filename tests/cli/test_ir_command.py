"""`harness ir`, as a user runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.command import Harness

OLD = """\
; What a test looks for stays:
; RUN: llc < %s | FileCheck %s
; CHECK: f:
define i32 @f(i32* %p) {
  %v = load i32* %p ; a value
  ret i32 %v
}
"""
NEW = OLD.replace("i32* %p)", "ptr %p)").replace("load i32* %p", "load i32, ptr %p")


@pytest.mark.needs_llvm
def test_old_ir_becomes_todays_and_comments_stay(harness: Harness, tmp_path: Path) -> None:
    said = harness("ir", "upgrade", "-", stdin=OLD.encode())
    assert (said.code, said.out) == (0, NEW)
    assert "-: pointers have no types\n" in said.err
    for name in ("a.ll", "b.ll"):
        (tmp_path / name).write_text(OLD)
    out = tmp_path / "out"
    said = harness("ir", "upgrade", tmp_path / "a.ll", tmp_path / "b.ll", "-o", out, "-q")
    assert (said.code, said.out) == (0, "")
    assert (out / "a.ll").read_text() == (out / "b.ll").read_text() == NEW
    assert (tmp_path / "a.ll").read_text() == OLD


@pytest.mark.needs_llvm
def test_what_llvm_does_not_read_is_written_and_said(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "a.ll").write_text(OLD.replace("ret i32 %v", "ret i32 %w"))
    said = harness("ir", "upgrade", tmp_path / "a.ll", "-o", tmp_path / "b.ll", "-q")
    assert said.code == 1
    assert (
        f"{tmp_path}/a.ll: not read: LLVM 19.1.7: <stdin>:6:11: error: use of undefined value '%w'"
        in said.err
    )
    assert "ret i32 %w" in (tmp_path / "b.ll").read_text()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("upgrade", "a.ll", "b.ll"), "several files, and nowhere to write them\nnext: add -o FOLDER\n"),
        (
            ("upgrade", "x/a.ll", "y/a.ll", "-o", "z"),
            "a.ll: there are two files of this name\nnext: give them one by one\n",
        ),
        (
            ("downgrade", "a.ll", "--llvm", "19"),
            "LLVM 19 reads pointers without types: there is nothing to downgrade\n"
            "next: name LLVM 14 or an earlier one\n",
        ),
    ],
)
@pytest.mark.needs_llvm
def test_bad_input(harness: Harness, tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    (tmp_path / "a.ll").write_text(NEW)
    said = harness("ir", *args, "-q", cwd=tmp_path)
    assert (said.code, said.out, said.err) == (2, "", f"harness: error: {message}")

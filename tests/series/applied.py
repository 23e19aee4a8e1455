"""What the tests of applying say of series and trees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import EXIT_PATCH, PatchError
from harness.model import Series, SeriesKind
from harness.series.apply import apply
from harness.series.parse import read_patch

if TYPE_CHECKING:
    from tests.series.conftest import Repo

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
TEST = "llvm/test/CodeGen/X86/patchpoint.ll"
REBASE = "next: rebase the series onto LLVM 19.1.7 and make the patches again with `git format-patch`"


def series(*patches: bytes) -> Series:
    read = tuple(read_patch(f"{n:04}-x.patch", data) for n, data in enumerate(patches, 1))
    return Series("demo", "Demo", SeriesKind.FIX, read)


def last(repo: Repo, count: int = 1) -> list[bytes]:
    return [repo.git("format-patch", "--stdout", "-1", f"HEAD~{n}") for n in reversed(range(count))]


def bare(path: str, body: str) -> bytes:
    return f"--- a/{path}\n+++ b/{path}\n{body}".encode()


def content(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file below `root`: what it holds, its mode and its inode. A `.git` folder is left out."""
    return {
        p.relative_to(root).as_posix(): (p.read_bytes(), p.stat().st_mode, p.stat().st_ino)
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".git" not in p.parts
    }


def texts(root: Path) -> dict[str, bytes]:
    return {name: data for name, (data, _, _) in content(root).items()}


def refused(given: Series, tree: Path) -> str:
    """What the refusal says; checks that nothing changed, not even a folder."""
    before, folders = content(tree), sorted(p for p in tree.rglob("*") if p.is_dir())
    with pytest.raises(PatchError) as raised:
        apply(given, tree)
    assert raised.value.exit_code == EXIT_PATCH
    assert content(tree) == before
    assert sorted(p for p in tree.rglob("*") if p.is_dir()) == folders
    return str(raised.value)

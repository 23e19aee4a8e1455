"""Who wrote a line of the patched source: every line names its patch, and that is what blame has to say."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.series.apply import AppliedSeries, apply
from harness.series.blame import blame
from tests.series.applied import LOWER, last, series

if TYPE_CHECKING:
    from tests.series.conftest import Repo

NEW = "llvm/lib/Target/X86/X86New.cpp"
MOVED = "llvm/lib/Target/X86/X86Moved.cpp"


def check(applied: AppliedSeries, tree: Path) -> int:
    """Compare with what the lines say; how many lines the series wrote."""
    wrote = 0
    for path in (LOWER, NEW, MOVED):
        lines = (tree / path).read_text().splitlines() if (tree / path).exists() else []
        for number, line in enumerate(lines, 1):
            by = re.match(r"patch (\d+) ", line)
            assert blame(applied.written, path, number) == (int(by[1]) if by else None), (path, number, line)
            wrote += by is not None
        assert blame(applied.written, path, len(lines) + 1) is None
    return wrote


def edited(rng: random.Random, lines: list[str], patch: int) -> list[str]:
    """Some lines replaced, removed and added, in a few places; each new one says of which patch it is."""
    counter = iter(range(10**6))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(8, len(lines) - 12)  # a hunk at an end of a file has to stay there
        new = [f"patch {patch} {next(counter)}" for _ in range(rng.randint(0, 4))]
        lines[at : at + rng.randint(0 if new else 1, 3)] = new
    return lines


@pytest.mark.parametrize("seed", range(8))
def test_every_line_is_known_wherever_git_found_the_hunks(repo: Repo, tree: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test that can be run again
    count = rng.randint(1, 4)
    for patch in range(count):
        text = edited(rng, (repo.path / LOWER).read_text().splitlines(), patch)
        repo.commit(f"Change {patch}", {LOWER: "".join(f"{line}\n" for line in text)})
    base = (tree / LOWER).read_text().splitlines()
    # The release's file has lines of its own on top, or lost some: git finds every hunk elsewhere.
    base = [f"// {n}" for n in range(rng.randint(0, 30))] + base
    (tree / LOWER).write_text("".join(f"{line}\n" for line in base))
    assert check(apply(series(*last(repo, count)), tree), tree) > 0


def test_new_and_renamed_files_and_one_without_a_newline(repo: Repo, tree: Path) -> None:
    repo.commit("One", {NEW: "patch 0 a\npatch 0 b\npatch 0 c"})
    repo.git("mv", LOWER, MOVED)
    text = (repo.path / MOVED).read_text()
    repo.commit("Two", {MOVED: text.replace("line 9 of", "patch 1 line 9\nline 9 of"), NEW: "patch 1 a\n"})
    repo.commit("Three", {MOVED: text.replace("line 9 of", "patch 1 line 9\npatch 2 x\nline 9 of")})
    applied = apply(series(*last(repo, 3)), tree)
    assert check(applied, tree) == 3
    assert applied.written == {MOVED: [(9, 1, 1), (10, 1, 2)], NEW: [(1, 1, 1)]}


def test_a_file_that_a_patch_removes_is_nobodys(repo: Repo, tree: Path) -> None:
    repo.commit("One", {NEW: "patch 0 a\n"})
    repo.commit("Two", {NEW: None})
    assert apply(series(*last(repo, 2)), tree).written == {}

"""Where a series changes files, by the numbers of its patches and of the LLVM that it was applied to."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.check.changed_lines import find_changed_lines
from harness.model import Series, SeriesKind
from harness.patch import ChangeKind, FileDiff, Hunk, Patch
from harness.report.record import ChangedLines
from harness.series.blame import Written

PATH = "llvm/lib/A.cpp"


def series(*diffs: FileDiff) -> Series:
    """A series with each of the diffs in a patch of its own."""
    patches = tuple(Patch(f"{n}.patch", "s", (diff,)) for n, diff in enumerate(diffs))
    return Series("s", "t", SeriesKind.FIX, patches)


def modified(*hunks: Hunk, path: str = PATH) -> FileDiff:
    return FileDiff(path, ChangeKind.MODIFIED, hunks)


HUNK = Hunk(10, 10, (b" a", b"+b", b"+c", b" d", b"-e", b"+f"))


def test_added_lines_in_the_patch_and_in_the_copy() -> None:
    written: Written = {PATH: [(5, 2, 0), (8, 1, 0)]}
    assert find_changed_lines(series(modified(HUNK)), written) == (
        ChangedLines(PATH, 11, 2, 5),
        ChangedLines(PATH, 14, 1, 8),
    )


def test_without_a_copy_the_patch_still_says_where() -> None:
    assert find_changed_lines(series(modified(HUNK)), {}) == (
        ChangedLines(PATH, 11, 2),
        ChangedLines(PATH, 14, 1),
    )


def test_where_lines_are_only_removed_it_is_the_next_line() -> None:
    removes = modified(Hunk(3, 3, (b" a", b"-b", b" c")))
    assert find_changed_lines(series(removes), {}) == (ChangedLines(PATH, 4, 1),)
    # A file that is emptied has no line, and one of an annotation is at least 1.
    assert find_changed_lines(series(modified(Hunk(1, 0, (b"-a",)))), {}) == (ChangedLines(PATH, 1, 1),)


def test_the_last_patch_of_a_file_counts_and_the_copy_if_there_are_several() -> None:
    both = series(modified(HUNK), modified(Hunk(1, 1, (b"+first",))))
    assert find_changed_lines(both, {}) == (ChangedLines(PATH, 1, 1),)
    written: Written = {PATH: [(1, 1, 1), (12, 2, 0), (15, 1, 0)]}
    assert find_changed_lines(both, written) == (
        ChangedLines(PATH, 1, 1, 1),
        ChangedLines(PATH, 12, 2, 12),
        ChangedLines(PATH, 15, 1, 15),
    )


def test_a_deleted_file_has_no_lines() -> None:
    deleted = FileDiff(PATH, ChangeKind.DELETED, (Hunk(1, 0, (b"-a",)),))
    assert find_changed_lines(series(deleted), {}) == ()
    assert find_changed_lines(series(modified(HUNK), deleted), {}) == ()
    moved = FileDiff("llvm/lib/B.cpp", ChangeKind.RENAMED, (HUNK,), old_path=PATH)
    found = find_changed_lines(series(modified(HUNK), moved), {})
    assert {one.path for one in found} == {"llvm/lib/B.cpp"}


@given(
    st.lists(st.sampled_from([b" ", b"+", b"-"]), min_size=1, max_size=40),
    st.integers(1, 500),
    st.integers(-80, 80),
)
def test_every_added_line_once_and_in_order(marks: list[bytes], start: int, moved: int) -> None:
    """Where git puts the hunk elsewhere, each line of the copy is the one of the patch."""
    hunk = Hunk(start, start, tuple(mark + b"x" for mark in marks))
    numbers, at = [], start
    for mark in marks:
        if mark == b"+":
            numbers.append(at)
        at += mark != b"-"
    offset = max(1 - start, moved)
    written: Written = {PATH: [(number + offset, 1, 0) for number in numbers]}
    found = find_changed_lines(series(modified(hunk)), written if numbers else {})
    if not numbers:
        assert [(one.number, one.copy) for one in found] == [(1, 0)]
        return
    pairs = [(one.first + n, one.copy + n) for one in found for n in range(one.number)]
    assert pairs == [(number, number + offset) for number in numbers]
    assert all(a.last + 1 < b.first for a, b in itertools.pairwise(found))

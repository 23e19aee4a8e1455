"""The lines that a series changes, as its patches number them (pure).

Where a patch applies to an LLVM that it was not made for, its hunks move. A CI system shows a remark beside
the lines of the pull request, so what is known of lines of the patched copy is told by the patch's numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.model import Series
from harness.patch import ChangeKind, FileDiff
from harness.report.record import ChangedLines
from harness.series.blame import Written


def find_changed_lines(series: Series, written: Written) -> tuple[ChangedLines, ...]:
    """Runs of lines that the series adds; where it only removes some, the line that follows.

    `written` are the lines of the patched copy that it wrote, empty if there is none.
    """
    last: dict[str, FileDiff] = {}
    times: dict[str, int] = {}
    for patch in series.patches:
        for diff in patch.diffs:
            if diff.kind in {ChangeKind.DELETED, ChangeKind.RENAMED}:
                last.pop(diff.source, None)
            if diff.kind is not ChangeKind.DELETED:
                last[diff.path] = diff
                times[diff.path] = times.get(diff.path, 0) + 1
    found: list[ChangedLines] = []
    for path, diff in sorted(last.items()):
        copy = [n for start, count, _ in written.get(path, ()) for n in range(start, start + count)]
        added = [number for hunk in diff.hunks for number in _added(hunk.new_start, hunk.lines)]
        if times[path] > 1 and copy:  # an earlier patch added lines too: only the copy has them all
            added = copy
        pairs = list(zip(added, copy if len(copy) == len(added) else [0] * len(added), strict=True))
        found += _join(path, pairs)
        if not pairs:
            found += [ChangedLines(path, _removal(h.new_start, h.lines), 1) for h in diff.hunks]
    return tuple(found)


def _added(start: int, lines: Sequence[bytes]) -> Iterator[int]:
    """The numbers of the lines that a hunk adds."""
    number = start
    for line in lines:
        if line[:1] == b"+":
            yield number
        number += line[:1] in (b"+", b" ")


def _removal(start: int, lines: Sequence[bytes]) -> int:
    """The line before which a hunk that adds nothing removes one."""
    before = next((n for n, line in enumerate(lines) if line[:1] == b"-"), 0)
    return max(1, start + before)


def _join(path: str, pairs: Sequence[tuple[int, int]]) -> Iterator[ChangedLines]:
    """Runs of lines that follow each other in the patch, and in the copy if it is known."""
    numbered = enumerate(pairs)
    for _, those in groupby(numbered, lambda one: (one[1][0] - one[0], one[1][1] and one[1][1] - one[0])):
        run = [pair for _, pair in those]
        yield ChangedLines(path, run[0][0], len(run), run[0][1])

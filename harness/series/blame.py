"""Which patch wrote the line that a compiler complains about (pure).

The line numbers in a patch are those of the source it was made for. git may apply a hunk elsewhere, and
earlier hunks and later patches move lines. So this follows each line of the source through the series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.patch import ChangeKind, FileDiff

Written = dict[str, list[tuple[int, int, int]]]
"""By path of a patched source: runs of lines (the first, how many), and the patch that wrote them."""

Places = Mapping[tuple[str, int], int]
"""By path and number of a hunk: the line at which git put it, if that is not the patch's own."""


_BASE = -1


def blame(written: Written, path: str, line: int) -> int | None:
    """The place in the series of the patch that wrote a line; None for a line of the original source."""
    return next((n for start, count, n in written.get(path, ()) if start <= line < start + count), None)


class Origins:
    """Follows who wrote each line of the files that a series touches. `sizes` are their lines before it."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._lines: dict[str, list[int] | None] = {path: [_BASE] * size for path, size in sizes.items()}

    def record(self, number: int, diffs: Sequence[FileDiff], places: Places) -> None:
        """Take note of a patch that was applied, its hunks where `places` says."""
        before = dict(self._lines)
        for diff in diffs:
            if diff.kind in {ChangeKind.DELETED, ChangeKind.RENAMED}:
                self._lines.pop(diff.source, None)
            if diff.kind is not ChangeKind.DELETED:
                # A file that was not there is one that the patch adds.
                old = before.get(diff.source, [])
                self._lines[diff.path] = _after(old, diff, number, places) if old is not None else None

    def find_written(self, sizes: Mapping[str, int]) -> Written:
        """What the series wrote, in files that now have as many lines as `sizes` says."""
        known = {path: lines for path, lines in self._lines.items() if lines is not None}
        return {
            path: runs
            for path, lines in sorted(known.items())
            if sizes.get(path) == len(lines) and (runs := list(_runs(lines)))
        }


def _after(old: Sequence[int], diff: FileDiff, writer: int, places: Places) -> list[int] | None:
    """The writers of a file's lines after a diff; None if the hunks do not fit the file at these places."""
    new: list[int] = []
    at = 0
    for number, hunk in enumerate(diff.hunks, 1):
        start = places.get((diff.path, number), hunk.new_start)
        # A side without lines carries the number of the line before it.
        kept = start - (1 if hunk.side(b"+") else 0) - len(new)
        if kept < 0 or at + kept > len(old):
            return None
        new += old[at : at + kept]
        at += kept
        for row in hunk.lines:
            if row[:1] == b"+":
                new.append(writer)
            elif row[:1] == b" ":
                new += old[at : at + 1]
            at += row[:1] in {b" ", b"-"}
    return [*new, *old[at:]] if at <= len(old) else None


def _runs(lines: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end] == lines[start]:
            end += 1
        if lines[start] != _BASE:
            yield start + 1, end - start, lines[start]
        start = end

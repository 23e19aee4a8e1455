"""Which line of which patch a compiler's error is about, from where apply really put each line (pure).

Numbers in a patch are those of the source it was made for. git finds a hunk elsewhere, earlier hunks and
later patches move lines: so for each line of the patched source the patch is kept that wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.patch import ChangeKind, FileDiff

Written = dict[str, list[tuple[int, int, int]]]
"""Of a patched source, by path: the first of some lines, how many, and which patch wrote them."""

Places = Mapping[tuple[str, int], int]
"""The line of the patched file at which git put a hunk, if not at the patch's own: by path and number."""


_BASE = -1


def blame(written: Written, path: str, line: int) -> int | None:
    """The patch that wrote a line of the patched source, by its place in the series; None if none did."""
    return next((n for start, count, n in written.get(path, ()) if start <= line < start + count), None)


class Origins:
    """Who wrote each line of the files that a series touches, patch by patch; `sizes` are those before it."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._lines: dict[str, list[int] | None] = {path: [_BASE] * size for path, size in sizes.items()}

    def applied(self, number: int, diffs: Sequence[FileDiff], places: Places) -> None:
        """One more patch was applied, its hunks where `places` says."""
        before = dict(self._lines)
        for diff in diffs:
            if diff.kind in {ChangeKind.DELETED, ChangeKind.RENAMED}:
                self._lines.pop(diff.source, None)
            if diff.kind is not ChangeKind.DELETED:
                # A file that is not there before is one that the patch adds.
                old = before.get(diff.source, [])
                self._lines[diff.path] = _after(old, diff, number, places) if old is not None else None

    def written(self, sizes: Mapping[str, int]) -> Written:
        """What the series wrote, of files that have as many lines now as `sizes` says; of others nothing."""
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
        # A side without lines has the number of the line before it.
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

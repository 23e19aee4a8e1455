"""Which lines two texts have in common, in order (pure): fast for texts of 60,000 lines.

Lines that are there once in both hold the rest together, as in git's `--patience`. What is called common is
so in any case; how much of what could be is a matter of taste.
"""

from __future__ import annotations

import bisect
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

# Up to this many pairs of lines, difflib finds more.
_SMALL = 250_000


def find_replaced(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The places where they differ: `old[i:j]` is `new[k:m]` instead, as (i, j, k, m) in order."""
    found: list[tuple[int, int, int, int]] = []
    i = k = 0
    for at, other in (*_common(old, new, (0, len(old)), (0, len(new))), (len(old), len(new))):
        if (at, other) != (i, k):
            found.append((i, at, k, other))
        i, k = at + 1, other + 1
    return found


def _common(
    old: Sequence[str], new: Sequence[str], ours: tuple[int, int], theirs: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """The positions of equal lines in parts of both."""
    (i, j), (k, m) = ours, theirs
    while i < j and k < m and old[i] == new[k]:
        yield i, k
        i, k = i + 1, k + 1
    same = 0
    while i < j - same and k < m - same and old[j - same - 1] == new[m - same - 1]:
        same += 1
    yield from _in_between(old, new, (i, j - same), (k, m - same))
    yield from zip(range(j - same, j), range(m - same, m), strict=True)


def _in_between(
    old: Sequence[str], new: Sequence[str], ours: tuple[int, int], theirs: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    (i, j), (k, m) = ours, theirs
    if i == j or k == m:
        return
    if (j - i) * (m - k) <= _SMALL:
        matcher = difflib.SequenceMatcher(None, old[i:j], new[k:m], autojunk=False)
        for at, other, size in matcher.get_matching_blocks():
            yield from zip(range(i + at, i + at + size), range(k + other, k + other + size), strict=True)
        return
    for at, other in (anchors := _anchors(old, new, ours, theirs)):
        yield from _common(old, new, (i, at), (k, other))
        yield at, other
        i, k = at + 1, other + 1
    if anchors:
        yield from _common(old, new, (i, j), (k, m))


def _anchors(
    old: Sequence[str], new: Sequence[str], ours: tuple[int, int], theirs: tuple[int, int]
) -> list[tuple[int, int]]:
    """The longest ascending run of lines that are there once in both parts."""
    once = {line for line, count in Counter(old[slice(*ours)]).items() if count == 1}
    once &= {line for line, count in Counter(new[slice(*theirs)]).items() if count == 1}
    places = {new[k]: k for k in range(*theirs) if new[k] in once}
    pairs = [(i, places[old[i]]) for i in range(*ours) if old[i] in once]
    ends: list[int] = []  # the smallest place at which a run of each length ends
    last: list[int] = []  # and the pair that it is in
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect.bisect_left(ends, place)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
        before.append(last[length - 1] if length else -1)
    run: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]

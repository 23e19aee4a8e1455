"""Which parts of a patch are already in a tree, hunk by hunk (pure)."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.patch import ChangeKind, FileDiff, Hunk
from harness.series.mismatch import find, lines_of

# Fewer lines of context around what a hunk removes may stand next to each other anywhere in the file.
_TELLING = 4


class State(enum.Enum):
    """What a tree has of a part of a patch."""

    THERE = "in it"
    FITS = "not in it"
    DIFFERS = "not in it, and does not apply"


@dataclass(frozen=True, slots=True)
class PatchPart:
    """A hunk of a file (numbered from 1), or a file as a whole (0), and what the tree has of it."""

    path: str
    hunk: int
    state: State


def find_parts(diffs: Iterable[FileDiff], read: Callable[[str], bytes | None]) -> list[PatchPart]:
    """Every part of a patch; `read` gives what the tree has at a path, None if there is nothing."""
    return [part for diff in diffs for part in _parts(diff, read)]


def _parts(diff: FileDiff, read: Callable[[str], bytes | None]) -> Iterator[PatchPart]:
    data = read(diff.path)
    if diff.kind is ChangeKind.DELETED:
        yield PatchPart(diff.path, 0, State.THERE if data is None else State.FITS)
    elif diff.kind is ChangeKind.ADDED and not diff.old_path:
        yield PatchPart(diff.path, 0, _added(diff, data))
    elif diff.kind is ChangeKind.RENAMED and data is None:
        yield PatchPart(diff.path, 0, State.FITS if read(diff.old_path) is not None else State.DIFFERS)
    else:
        if diff.kind is ChangeKind.RENAMED:
            yield PatchPart(diff.path, 0, State.THERE if read(diff.old_path) is None else State.DIFFERS)
        lines = lines_of(data or b"")
        for number, hunk in enumerate(diff.hunks, 1):
            yield PatchPart(diff.path, number, _hunk(hunk, lines))


def _added(diff: FileDiff, data: bytes | None) -> State:
    if data is None:
        return State.FITS
    new = [line for hunk in diff.hunks for line in hunk.side(b"+")]
    return State.THERE if lines_of(data) == new else State.DIFFERS


def _hunk(hunk: Hunk, lines: Sequence[bytes]) -> State:
    new, old = hunk.side(b"+"), hunk.side(b"-")
    if find(old, lines) is not None:
        return State.FITS
    telling = hunk.count(b"+") > 0 or len(new) >= _TELLING
    return State.THERE if telling and find(new, lines) is not None else State.DIFFERS


def describe(found: Sequence[PatchPart], state: State) -> list[str]:
    """The parts of a state, a line for each file: `llvm/lib/A.cpp`, or `hunks 1 and 3 of llvm/lib/A.cpp`."""
    by_path: dict[str, list[PatchPart]] = defaultdict(list)
    for part in found:
        by_path[part.path].append(part)
    lines = []
    for path, of_file in by_path.items():
        mine = [part for part in of_file if part.state is state]
        if len(mine) == len(of_file):
            lines.append(path)
        elif mine:
            numbers = " and ".join(str(part.hunk) for part in mine)
            lines.append(f"hunk{'s' if len(mine) > 1 else ''} {numbers} of {path}")
    return lines

"""Which tests may notice a change, from the profiles of each: as few of them as possible are read (pure)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.reach.lines.counts import LineCounts
from harness.reach.lines.reached import (
    find_edits,
    find_obstacle,
    find_obstacles,
    find_reason,
    find_reasons,
    label_text,
)

# How many profiles are read, besides one for each test that this rules out and for every eighth test.
FEW_READS = 32

Read = Callable[[Iterable[str]], Mapping[str, LineCounts]]
"""The counts of these tests together, by the paths of files; of no tests, with all counts 0."""


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A file of the base, and what a change makes of it; None where it is not there."""

    old: str | None
    new: str | None


def find_labelled(changes: Mapping[str, ChangedText]) -> dict[str, str]:
    """The texts that are to be counted instead of base's, as the changes have new labels."""
    found = {}
    for path, one in changes.items():
        if one.old is not None and one.new is not None:
            text = label_text(find_edits(one.old, one.new), one.old)
            if text is not None and text.labels:
                found[path] = text.text
    return found


def find_doubt(changes: Mapping[str, ChangedText]) -> str:
    """Why lines do not tell who may notice the changes, as far as texts say; empty if they may."""
    for path, one in sorted(changes.items()):
        if one.old is None or one.new is None:
            return f"{path}: the file is {'new' if one.old is None else 'gone'}"
        edits = find_edits(one.old, one.new)
        if why := find_obstacle(edits, one.old, label_text(edits, one.old)):
            return f"{path}: {why}"
    return ""


def find_missed(changes: Mapping[str, ChangedText], counts: Mapping[str, LineCounts]) -> tuple[str, ...]:
    """The places of changes, as `path:line`, that nothing got to which left these counts.

    The line is that of the file as the change leaves it, if it adds any there, else that of base.
    """
    found: list[str] = []
    for path, one in sorted(changes.items()):
        edits, old = find_edits(one.old or "", one.new or ""), one.old or ""
        reasons = find_reasons(edits, old, counts.get(path, LineCounts()), label_text(edits, old))
        found += (f"{path}:{edit.shown}" for edit, why in reasons if not why)
    return tuple(found)


def find_places(changes: Mapping[str, ChangedText]) -> tuple[str, ...]:
    """The places of changes, as `path:line`, of which lines tell, as far as texts say."""
    found: list[str] = []
    for path, one in sorted(changes.items()):
        if one.old is not None and one.new is not None:
            edits = find_edits(one.old, one.new)
            obstacles = find_obstacles(edits, one.old, label_text(edits, one.old))
            found += (f"{path}:{edit.shown}" for edit, why in obstacles if not why)
    return tuple(found)


def find_reaching(
    tests: Sequence[str], changes: Mapping[str, ChangedText], read: Read
) -> tuple[frozenset[str], str]:
    """The tests that may notice the changes of these files, and why it is all of them if lines do not tell.

    What several tests execute together, one of them does: what no test of a half reaches need not be read
    one by one. If reading rules out few, it stops, as it takes as long as a test: what is left may notice.
    """
    edits = {path: find_edits(one.old or "", one.new or "") for path, one in changes.items()}
    labelled = {path: label_text(edits[path], one.old or "") for path, one in changes.items()}

    def reason(those: Sequence[str]) -> str:
        counts = read(those)
        found = (
            (path, find_reason(edits[path], one.old or "", counts.get(path, LineCounts()), labelled[path]))
            for path, one in sorted(changes.items())
        )
        return next((f"{path}: {why}" for path, why in found if why), "")

    if why := find_doubt(changes) or reason(()):
        return frozenset(tests), why
    found: set[str] = set()
    pending = deque([tuple(tests)] if tests else [])
    ruled_out = reads = 0
    while pending:
        those = pending.popleft()
        if reads > FEW_READS + len(tests) // 8 + ruled_out:
            found.update(those)
            continue
        reads += 1
        if not reason(those):
            ruled_out += len(those)
        elif len(those) == 1:
            found.add(those[0])
        else:
            middle = len(those) // 2
            pending += [those[:middle], those[middle:]]
    return frozenset(found), ""

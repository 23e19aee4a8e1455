"""Which tests may notice a change, from the profiles of each: as few of them as possible are read (pure)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.reach.lines.counts import LineCounts
from harness.reach.lines.reached import (
    SourceEdit,
    apply_doubtful,
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
    """A file of the base, and what a change makes of it; None where it is not there.

    `base` is the file of the base if `old` has a part of the change in it that makes no difference.
    """

    old: str | None
    new: str | None
    base: str | None = None


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


def apply_doubts(changes: Mapping[str, ChangedText]) -> dict[str, ChangedText]:
    """The changes of which lines tell. What they do not tell of is in the old text of each file."""
    return {
        path: one
        if one.old is None or one.new is None
        else ChangedText(apply_doubtful(one.old, one.new), one.new, one.old)
        for path, one in changes.items()
    }


def find_applied(changes: Mapping[str, ChangedText]) -> dict[str, str]:
    """The texts that are to be compiled instead of base's, as they have a part of the changes in them."""
    return {
        path: one.old
        for path, one in changes.items()
        if one.old is not None and one.base is not None and one.old != one.base
    }


def find_missed(changes: Mapping[str, ChangedText], counts: Mapping[str, LineCounts]) -> tuple[str, ...]:
    """The places of changes, as `path:line`, that nothing got to which left these counts.

    The line is that of the file as the change leaves it, if it adds any there, else that of base.
    """
    found: list[str] = []
    for path, one in sorted(changes.items()):
        edits, old = find_edits(one.old or "", one.new or ""), one.old or ""
        reasons = find_reasons(edits, old, counts.get(path, LineCounts()), label_text(edits, old))
        shown = _find_shown(edits, one)
        found += (f"{path}:{number}" for number, (_, why) in zip(shown, reasons, strict=True) if not why)
    return tuple(found)


def _find_shown(edits: Sequence[SourceEdit], one: ChangedText) -> list[int]:
    """The line to show of each edit: where it is in base if it only removes lines."""
    in_base: dict[tuple[tuple[str, ...], ...], deque[int]] = defaultdict(deque)
    for edit in find_edits(one.base, one.new or "") if one.base is not None else ():
        in_base[edit.removed, edit.added].append(edit.shown)
    known = (in_base.get((edit.removed, edit.added)) for edit in edits)
    return [those.popleft() if those else edit.shown for edit, those in zip(edits, known, strict=True)]


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

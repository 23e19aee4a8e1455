"""Which tests may notice a change, from the profiles of each: as few of them as possible are read (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.reach.lines.counts import LineCounts
from harness.reach.lines.reached import find_edits, find_reason

Read = Callable[[Iterable[str]], Mapping[str, LineCounts]]
"""The counts of these tests together, by the paths of files; of no tests, with all counts 0."""


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A file of the base, and what a change makes of it; None where it is not there."""

    old: str | None
    new: str | None


def find_reaching(
    tests: Sequence[str], changes: Mapping[str, ChangedText], read: Read
) -> tuple[frozenset[str], str]:
    """The tests that may notice the changes of these files, and why it is all of them if lines do not tell.

    What several tests execute together, one of them does: what no test of a half reaches need not be read
    one by one.
    """
    edits = {path: find_edits(one.old or "", one.new or "") for path, one in changes.items()}

    def reason(those: Sequence[str]) -> str:
        counts = read(those)
        found = (
            (path, find_reason(edits[path], one.old or "", counts.get(path, LineCounts())))
            for path, one in sorted(changes.items())
        )
        return next((f"{path}: {why}" for path, why in found if why), "")

    for path, one in sorted(changes.items()):
        if one.old is None or one.new is None:
            return frozenset(tests), f"{path}: the file is {'new' if one.old is None else 'gone'}"
    if why := reason(()):
        return frozenset(tests), why
    found: set[str] = set()
    pending = [tuple(tests)] if tests else []
    while pending:
        those = pending.pop()
        if not reason(those):
            continue
        if len(those) == 1:
            found.add(those[0])
            continue
        middle = len(those) // 2
        pending += [those[:middle], those[middle:]]
    return frozenset(found), ""

"""Pure: what a store holds, and what went, as lines and rows of a table. The first row is the head."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.store.choose import Stay, StoredEntry
from harness.store.collect import Collected
from harness.store.survey import Leftover, StoreSurvey
from harness.store.verify import StoreCheck

Row = Sequence[tuple[str, str]]
_MOST = 10
_UNITS = "bytes", "KiB", "MiB", "GiB", "TiB"
_STEP = 1024


@dataclass(frozen=True, slots=True)
class KindTotal:
    """The entries of one kind: their bytes, when one was used last, and how many bytes of them may go."""

    kind: str
    entries: int
    bytes: int
    used: float
    may_go: int


def count_kinds(entries: Iterable[StoredEntry]) -> tuple[KindTotal, ...]:
    """The kinds, the largest first."""
    by_kind: dict[str, list[StoredEntry]] = {}
    for one in entries:
        by_kind.setdefault(one.kind, []).append(one)
    totals = (
        KindTotal(
            kind,
            len(held),
            sum(one.bytes for one in held),
            max(one.used for one in held),
            sum(one.bytes for one in held if one.stay is Stay.NOT),
        )
        for kind, held in by_kind.items()
    )
    return tuple(sorted(totals, key=lambda one: (-one.bytes, one.kind)))


def show_kinds(found: StoreSurvey) -> list[Row]:
    """A kind a row, and the total."""
    totals = count_kinds(found.entries)
    rows = [_row("kind", "entries", "size", "last used", "may go")]
    for one in totals:
        rows.append(_row(one.kind, str(one.entries), size(one.bytes), _time(one.used), size(one.may_go)))
    left = sum(one.bytes for one in found.leftovers if one.may_go)
    if found.leftovers:
        bytes_ = sum(one.bytes for one in found.leftovers)
        rows.append(_row("(no kind)", str(len(found.leftovers)), size(bytes_), "", size(left)))
    may_go = sum(one.may_go for one in totals) + left
    number = sum(one.entries for one in totals) + len(found.leftovers)
    return [*rows, _row("total", str(number), size(found.bytes), "", size(may_go))]


def show_leftovers(leftovers: Sequence[Leftover]) -> list[str]:
    """A line for each of the largest that belong to no kind."""
    ordered = sorted(leftovers, key=lambda one: (-one.bytes, one.path))
    lines = [
        f"no kind: {one.path}, {size(one.bytes)}: "
        + ("a killed run left it" if one.may_go else "in use, or none of the store's")
        for one in ordered[:_MOST]
    ]
    return [*lines, *([f"and {len(ordered) - _MOST} more"] if len(ordered) > _MOST else [])]


def show_collected(done: Collected, most: int, *, dry_run: bool) -> list[str]:
    """What went, or would go; and whether it is enough."""
    verb = "would remove" if dry_run else "removed"
    lines = []
    if done.removed:
        kinds = Counter(one.kind for one in done.removed)
        which = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        lines.append(f"{verb} {size(sum(one.bytes for one in done.removed))} of entries: {which}")
    if done.leftovers:
        lines.append(f"{verb} {size(sum(one.bytes for one in done.leftovers))} that killed runs left")
    lines = lines or ["nothing to remove"]
    lines.append(
        f"the store {'would hold' if dry_run else 'holds'} {size(done.after)}, before {size(done.before)}"
    )
    if done.after > most:
        lines.append(
            f"that is {size(done.after - most)} more than {size(most)}: {size(done.must_stay)} must stay "
            "(used in the last two hours, since the oldest run in progress began, or not to be made again)"
        )
        if done.after > done.must_stay:
            lines.append(f"{size(done.after - done.must_stay)} are not as old as --older-than asks")
    return lines


def show_check(done: StoreCheck) -> list[str]:
    """What is damaged, and how many entries are whole."""
    lines = [
        f"{one.name}: {one.why}{': removed' if one.removed else ''}"
        for one in sorted(done.damaged, key=lambda one: one.name)
    ]
    number = len(done.damaged) + done.whole
    lines.append(f"{done.whole} of {number} entries are whole")
    if done.locked:
        more = f" and {len(done.locked) - _MOST} more" if len(done.locked) > _MOST else ""
        lines.append(f"in use, and not checked: {', '.join(done.locked[:_MOST])}{more}")
    return lines


def size(number: float) -> str:
    """`1.5 GiB`, `300 KiB`."""
    unit, *larger = _UNITS
    while larger and number >= _STEP:
        number /= _STEP
        unit, *larger = larger
    return f"{number:.0f} {unit}" if unit in _UNITS[:2] else f"{number:.1f} {unit}"


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _row(*texts: str) -> Row:
    return [(text, "") for text in texts]

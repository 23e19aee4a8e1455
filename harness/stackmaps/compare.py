"""Two files' stack maps compared, record by record. Pure."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.stackmaps.format import Kind, Location
from harness.stackmaps.load import LoadedObjects, PlacedRecord, StackMapFile


class Difference(enum.Enum):
    """How a record changed from the first file to the second."""

    IDENTICAL = "identical"
    LAYOUT = "layout only"
    MOVED = "moved"
    LOST = "lost"
    ADDED = "added"

    @property
    def harmless(self) -> bool:
        """Whether a runtime reads the same values from it."""
        return self in {Difference.IDENTICAL, Difference.LAYOUT}


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One record: `occurrence` counts those of the same function and id from 0. `what` has a line for
    each difference. `member` is its object in an archive, `(a.o)`.
    """

    function: str
    id: int
    occurrence: int
    change: Difference
    what: tuple[str, ...] = ()
    member: str = ""

    def __str__(self) -> str:
        again = f" ({self.occurrence + 1}.)" if self.occurrence else ""
        where = f"{self.member} " if self.member else ""
        return f"{self.change.value}: {where}function {self.function}: id {self.id}{again}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record, and the constants that its locations refer to."""

    site: PlacedRecord
    constants: tuple[int, ...]


def compare_all(before: LoadedObjects, after: LoadedObjects) -> tuple[RecordChange, ...]:
    """How every record of two files changed. Their objects are paired by label.

    Two files of one object each are compared whatever their labels.
    """
    if len(before.files) == len(after.files) == 1:
        return compare(before.files[0], after.files[0])
    old, new = (dict(zip(one.labels, one.files, strict=True)) for one in (before, after))
    nothing = StackMapFile("", None, 0, ())
    return tuple(
        replace(change, member=label)
        for label in dict.fromkeys((*old, *new))
        for change in compare(old.get(label, nothing), new.get(label, nothing))
    )


def compare(before: StackMapFile, after: StackMapFile) -> tuple[RecordChange, ...]:
    """How every record changed, in the order of the first file; added ones come last."""
    old, new = _entries(before), _entries(after)
    found = [
        RecordChange(*key, Difference.LOST) if key not in new else _changed(key, entry, new[key])
        for key, entry in old.items()
    ]
    found += (RecordChange(*key, Difference.ADDED) for key in new if key not in old)
    return tuple(found)


def _entries(file: StackMapFile) -> dict[tuple[str, int, int], _Entry]:
    """The records by function, id and occurrence."""
    seen: dict[tuple[str, int], int] = defaultdict(int)
    found: dict[tuple[str, int, int], _Entry] = {}
    for one in file.maps:
        sites = [PlacedRecord(f, record) for f in one.functions for record in f.records]
        for site in sites:
            key = (site.function.name, site.record.id)
            found[(*key, seen[key])] = _Entry(site, one.map.constants)
            seen[key] += 1
    return found


def _changed(key: tuple[str, int, int], old: _Entry, new: _Entry) -> RecordChange:
    before, after = old.site.record, new.site.record
    frames = old.site.function.stack_size, new.site.function.stack_size
    layout: list[str] = []
    if before.offset != after.offset:
        layout.append(f"offset {before.offset} -> {after.offset}")
    if frames[0] != frames[1]:
        layout.append(f"stack size {frames[0]} -> {frames[1]}")
    moved: list[str] = []
    if len(before.locations) != len(after.locations):
        moved.append(f"{len(before.locations)} -> {len(after.locations)} locations")
    else:
        for index, (one, other) in enumerate(zip(before.locations, after.locations, strict=True)):
            was, now = _meaning(one, old.constants), _meaning(other, new.constants)
            if was == now:
                continue
            line = f"location {index}: {_said(was)} -> {_said(now)}"
            # Slots are counted from the stack pointer: in another frame the same slot has another offset.
            slots = was[:3] == now[:3] and one.kind in {Kind.DIRECT, Kind.INDIRECT}
            (layout if slots and frames[0] != frames[1] else moved).append(line)
    if before.live_outs != after.live_outs:
        moved.append("live-outs differ")
    if moved:
        return RecordChange(*key, Difference.MOVED, (*moved, *layout))
    return RecordChange(*key, Difference.LAYOUT if layout else Difference.IDENTICAL, tuple(layout))


def _meaning(one: Location, constants: Sequence[int]) -> tuple[str, int, int, int]:
    """Kind, size, register and value: a constant is the same in the pool and outside of it."""
    if one.kind is Kind.CONSTANT_INDEX and 0 <= one.offset < len(constants):
        return (Kind.CONSTANT.label, one.size, 0, constants[one.offset])
    if one.kind is Kind.CONSTANT:
        return (one.kind.label, one.size, one.dwarf_register, one.offset)
    return (one.kind.label, one.size, one.dwarf_register, one.offset)


def _said(meaning: tuple[str, int, int, int]) -> str:
    kind, size, register, offset = meaning
    if kind == Kind.CONSTANT.label:
        return f"{kind} {offset}"
    return f"{kind} R#{register} {offset:+d}, size {size}"


def totals(changes: Sequence[RecordChange]) -> Iterator[tuple[Difference, int]]:
    """The number of records for each kind of change."""
    for change in Difference:
        yield change, sum(one.change is change for one in changes)

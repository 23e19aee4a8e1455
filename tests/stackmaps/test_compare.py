"""How the changes of a record are classified, as harmless or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.stackmaps.compare import Difference, RecordChange, compare
from harness.stackmaps.format import DYNAMIC, Function, Kind, LiveOut, Location, Record, StackMap
from harness.stackmaps.load import PlacedFunction, PlacedMap, StackMapFile

SLOT = Location(Kind.INDIRECT, 8, 7, 16)
REGISTER = Location(Kind.REGISTER, 8, 3, 0)
SMALL = Location(Kind.CONSTANT, 8, 0, -1)
LARGE = Location(Kind.CONSTANT_INDEX, 8, 0, 0)
GOOD = Record(7, 4, (REGISTER, SLOT, SMALL, LARGE), (LiveOut(3, 8),), 0)


def file(
    *records: Record, stack_size: int = 24, constants: tuple[int, ...] = (2**40,), name: str = "f"
) -> StackMapFile:
    placed = PlacedFunction(name, 0, 0, 99, 0, stack_size, len(records), records)
    one = StackMap(3, (Function(0, stack_size, len(records), 16),), constants, records, (), 0, 0)
    return StackMapFile("f.o", None, 0, (PlacedMap(one, (placed,), ()),))


def only(after: StackMapFile, before: StackMapFile | None = None) -> RecordChange:
    (found,) = compare(before or file(GOOD), after)
    return found


def located(*locations: Location) -> Record:
    return replace(GOOD, locations=locations)


@pytest.mark.parametrize(
    ("after", "change", "what"),
    [
        (file(GOOD), Difference.IDENTICAL, ()),
        (
            file(located(REGISTER, SLOT, SMALL, replace(LARGE, offset=1)), constants=(5, 2**40)),
            Difference.IDENTICAL,
            (),
        ),
        (
            file(located(REGISTER, SLOT, LARGE, replace(LARGE, offset=1)), constants=(-1, 2**40)),
            Difference.IDENTICAL,
            (),
        ),
        (file(replace(GOOD, offset=9)), Difference.LAYOUT, ("offset 4 -> 9",)),
        (file(GOOD, stack_size=40), Difference.LAYOUT, ("stack size 24 -> 40",)),
        (
            file(located(REGISTER, replace(SLOT, offset=32), SMALL, LARGE), stack_size=40),
            Difference.LAYOUT,
            ("stack size 24 -> 40", "location 1: Indirect R#7 +16, size 8 -> Indirect R#7 +32, size 8"),
        ),
        (
            file(located(REGISTER, replace(SLOT, offset=8), SMALL, LARGE)),
            Difference.MOVED,
            ("location 1: Indirect R#7 +16, size 8 -> Indirect R#7 +8, size 8",),
        ),
        (
            file(located(SLOT, SLOT, SMALL, LARGE), stack_size=40),
            Difference.MOVED,
            (
                "location 0: Register R#3 +0, size 8 -> Indirect R#7 +16, size 8",
                "stack size 24 -> 40",
            ),
        ),
        (
            file(located(replace(REGISTER, dwarf_register=0), SLOT, SMALL, LARGE)),
            Difference.MOVED,
            ("location 0: Register R#3 +0, size 8 -> Register R#0 +0, size 8",),
        ),
        (
            file(located(replace(REGISTER, size=4), SLOT, SMALL, LARGE), stack_size=DYNAMIC),
            Difference.MOVED,
            (
                "location 0: Register R#3 +0, size 8 -> Register R#3 +0, size 4",
                f"stack size 24 -> {DYNAMIC}",
            ),
        ),
        (
            file(GOOD, constants=(2**41,)),
            Difference.MOVED,
            (f"location 3: Constant {2**40} -> Constant {2**41}",),
        ),
        (
            file(located(REGISTER, SLOT, replace(SMALL, offset=1), LARGE)),
            Difference.MOVED,
            ("location 2: Constant -1 -> Constant 1",),
        ),
        (file(located(REGISTER, SLOT, SMALL)), Difference.MOVED, ("4 -> 3 locations",)),
        (file(replace(GOOD, live_outs=())), Difference.MOVED, ("live-outs differ",)),
    ],
)
def test_what_became_of_a_record(after: StackMapFile, change: Difference, what: tuple[str, ...]) -> None:
    assert only(after) == RecordChange("f", 7, 0, change, what)


def test_records_are_found_by_function_id_and_occurrence() -> None:
    other = replace(GOOD, offset=40)
    before, after = file(GOOD, other, replace(GOOD, id=8)), file(other, replace(GOOD, id=9))
    assert compare(before, after) == (
        RecordChange("f", 7, 0, Difference.LAYOUT, ("offset 4 -> 40",)),
        RecordChange("f", 7, 1, Difference.LOST),
        RecordChange("f", 8, 0, Difference.LOST),
        RecordChange("f", 9, 0, Difference.ADDED),
    )
    assert [change.change for change in compare(file(GOOD), file(GOOD, name="g"))] == [
        Difference.LOST,
        Difference.ADDED,
    ]


def test_which_changes_are_harmless() -> None:
    assert {change for change in Difference if change.harmless} == {Difference.IDENTICAL, Difference.LAYOUT}

"""What `harness stackmap` prints as JSON. `version` changes with the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.stackmaps.compare import RecordChange, totals
from harness.stackmaps.format import DYNAMIC, Kind, LiveOut, Location, Record
from harness.stackmaps.load import PlacedFunction, PlacedMap, StackMapFile
from harness.stackmaps.verify.findings import Finding, Verification
from harness.targets.target import Target

VERSION = 1


@dataclass(frozen=True, slots=True)
class LocationForm:
    """`name` is that of the register, if the target has one for its number; `value` is that of a constant."""

    kind: str
    size: int
    dwarf_register: int | None
    name: str | None
    offset: int | None
    value: int | None


@dataclass(frozen=True, slots=True)
class LiveOutForm:
    """A register and how many bytes of it are live."""

    dwarf_register: int
    name: str | None
    size: int


@dataclass(frozen=True, slots=True)
class RecordForm:
    """`function` is null where the format does not name it."""

    function: str | None
    id: int
    offset: int
    locations: tuple[LocationForm, ...]
    live_outs: tuple[LiveOutForm, ...]


@dataclass(frozen=True, slots=True)
class FunctionForm:
    """`stack_size` is null if it is not fixed, `size` if the function's end is unknown."""

    name: str
    address: int
    size: int | None
    stack_size: int | None
    record_count: int | None


@dataclass(frozen=True, slots=True)
class MapForm:
    """One map of a file."""

    version: int
    functions: tuple[FunctionForm, ...]
    constants: tuple[int, ...]
    records: tuple[RecordForm, ...]


@dataclass(frozen=True, slots=True)
class ShowForm:
    """What `show` prints."""

    version: int
    file: str
    format: str
    machine: str | None
    maps: tuple[MapForm, ...]


@dataclass(frozen=True, slots=True)
class FindingForm:
    """One line of `verify`; `function`, `record` and `id` are null where it is about something larger."""

    function: str | None
    record: int | None
    id: int | None
    what: str


@dataclass(frozen=True, slots=True)
class VerifyForm:
    """What `verify` prints for one file."""

    version: int
    file: str
    functions: int
    records: int
    violations: tuple[FindingForm, ...]
    not_checked: tuple[FindingForm, ...]


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """One line of `diff`. `member` is the object of an archive or universal file, null in others."""

    function: str
    id: int
    occurrence: int
    change: str
    what: tuple[str, ...]
    member: str | None


@dataclass(frozen=True, slots=True)
class DiffForm:
    """What `diff` prints."""

    version: int
    before: str
    after: str
    totals: dict[str, int]
    records: tuple[ChangeForm, ...]


Form = ShowForm | VerifyForm | DiffForm


def encode(form: Form | Sequence[Form]) -> str:
    """Indented JSON."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(form), indent=2).decode()


def show(file: StackMapFile) -> ShowForm:
    """A file's maps."""
    maps = tuple(_map(one, file.target) for one in file.maps)
    image = file.image
    return ShowForm(
        VERSION, file.name, image.format if image else "raw", image.machine if image else None, maps
    )


def verify(result: Verification) -> VerifyForm:
    """A verification."""
    violations, unchecked = tuple(map(_finding, result.violations)), tuple(map(_finding, result.unchecked))
    return VerifyForm(VERSION, result.file, result.functions, result.records, violations, unchecked)


def diff(before: str, after: str, changes: Sequence[RecordChange]) -> DiffForm:
    """A comparison of two files."""
    counted = {change.value: count for change, count in totals(changes)}
    records = tuple(
        ChangeForm(c.function, c.id, c.occurrence, c.change.value, c.what, c.member or None) for c in changes
    )
    return DiffForm(VERSION, before, after, counted, records)


def _map(one: PlacedMap, target: Target | None) -> MapForm:
    records = [_record(record, f.name, one, target) for f in one.functions for record in f.records]
    records += (_record(record, None, one, target) for record in one.unplaced)
    functions = tuple(map(_function, one.functions))
    return MapForm(one.map.version, functions, one.map.constants, tuple(records))


def _function(one: PlacedFunction) -> FunctionForm:
    frame = None if one.stack_size == DYNAMIC else one.stack_size
    return FunctionForm(one.name, one.address, one.size, frame, one.record_count)


def _record(record: Record, function: str | None, one: PlacedMap, target: Target | None) -> RecordForm:
    locations = tuple(_location(location, one.map.constants, target) for location in record.locations)
    outs = tuple(_live_out(live, target) for live in record.live_outs)
    return RecordForm(function, record.id, record.offset, locations, outs)


def _name(number: int, target: Target | None) -> str | None:
    return target.names.get(number) if target else None


def _location(one: Location, constants: Sequence[int], target: Target | None) -> LocationForm:
    if one.kind is Kind.CONSTANT:
        return LocationForm(one.kind.label, one.size, None, None, None, one.offset)
    if one.kind is Kind.CONSTANT_INDEX:
        value = constants[one.offset] if 0 <= one.offset < len(constants) else None
        return LocationForm(one.kind.label, one.size, None, None, one.offset, value)
    name = _name(one.dwarf_register, target)
    return LocationForm(one.kind.label, one.size, one.dwarf_register, name, one.offset, None)


def _live_out(one: LiveOut, target: Target | None) -> LiveOutForm:
    return LiveOutForm(one.dwarf_register, _name(one.dwarf_register, target), one.size)


def _finding(one: Finding) -> FindingForm:
    return FindingForm(one.place.function or None, one.place.record, one.place.id, one.text)

"""Verifies a file's stack maps against the format, the target and the code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.stackmaps.format import DYNAMIC, Kind, Record
from harness.stackmaps.load import PlacedFunction, PlacedMap, StackMapFile
from harness.stackmaps.objects.image import Image
from harness.stackmaps.verify import region, values
from harness.stackmaps.verify.callee import CalleeComparer
from harness.stackmaps.verify.code import Decoder
from harness.stackmaps.verify.findings import Finding, Subject, Unchecked, Verification, Violation
from harness.stackmaps.verify.ir import Callee, Intrinsic, Reservation
from harness.stackmaps.verify.region import FunctionCode, Regions

Promises = Mapping[int, tuple[Reservation, ...]]
_Promise = tuple[Intrinsic, int, Callee | None]


def promises(reservations: Iterable[Reservation]) -> Promises:
    """What was reserved, by id. Several sites may have one id."""
    found: dict[int, dict[Reservation, None]] = {}
    for one in reservations:
        found.setdefault(one.id, {})[one] = None
    return {number: tuple(different) for number, different in found.items()}


def verify(file: StackMapFile, reserved: Promises) -> Verification:
    """Check a file. `reserved` has the bytes that the IR reserved by id; other ids are not checked for it."""
    findings: list[Finding] = [*_section(file), *_unknown(file, reserved)]
    first = 0
    reader = Reader(file.image) if file.image and file.target else None
    sites = Sites.of(reserved)
    for one in file.maps:
        findings += _counts(one)
        findings += (Violation(Subject(), f"{r.field} at byte {r.position} is {r.value}, not 0")
                     for r in one.map.reserved)  # fmt: skip
        for function in one.functions:
            findings += _Function(file, one, function, sites, reader).findings(first)
            first += len(function.records)
        for record in one.unplaced:
            place = Subject("", first, record.id)
            findings += _values(place, record, one, None)
            findings.append(Unchecked(place, "offset and slots: the format does not say in which function"))
            first += 1
    functions = sum(len(one.functions) for one in file.maps)
    return Verification(file.name, len(file.maps), functions, first, tuple(findings))


def verify_nothing(name: str) -> Verification:
    """The result for a part of a file that is not an object."""
    found = Unchecked(Subject(), "not an object file that the harness can read")
    return Verification(name, 0, 0, 0, (found,))


def _section(file: StackMapFile) -> Iterator[Finding]:
    """Check the section: maps are aligned, and nothing follows the last one."""
    for one in file.maps:
        if one.map.position % 8:
            yield Violation(Subject(), f"a map starts at byte {one.map.position}, not at a multiple of 8")
        for record in one.map.records:
            if record.position % 8:
                yield Violation(
                    Subject(), f"record {record.position} bytes into the section: not aligned to 8"
                )
    trailing = file.size - sum(one.map.size for one in file.maps)
    if trailing:
        yield Violation(Subject(), f"{trailing} bytes after the last map")


def _unknown(file: StackMapFile, reserved: Promises) -> Iterator[Finding]:
    """What cannot be checked for any record of this file."""
    if file.image is None:
        yield Unchecked(Subject(), "registers, slots and code: a raw section names no target")
    elif file.target is None:
        yield Unchecked(Subject(), f"registers, slots and code: nothing is known about {file.image.machine}")
    ids = Counter(record.id for one in file.maps for record in one.map.records)
    without = sum(count for number, count in ids.items() if number not in reserved)
    if without:
        yield Unchecked(
            Subject(),
            f"the reserved bytes of {without} of {ids.total()} records: no size is given for their ids",
        )


def _counts(one: PlacedMap) -> Iterator[Finding]:
    """Check the functions' counts against the number of records."""
    map_ = one.map
    if map_.version == 1:
        return
    counted = sum(function.record_count or 0 for function in map_.functions)
    if counted != len(map_.records):
        yield Violation(Subject(), f"the functions count {counted} records, the header {len(map_.records)}")
    for function in one.functions:
        if not function.record_count:
            yield Violation(Subject(function.name), "it has no records")
    places = Counter((f.name, f.section, f.address) for f in one.functions if f.section is not None)
    for (name, _, _), count in places.items():
        if count > 1:
            yield Violation(Subject(name), f"it is in the map {count} times")


def _values(place: Subject, record: Record, one: PlacedMap, frame: values.Frame | None) -> Iterator[Finding]:
    for what in values.check_locations(record.locations, len(one.map.constants), frame):
        yield Violation(place, what)
    for what in values.check_live_outs(record.live_outs, frame):
        yield Violation(place, what)
    foreign_registers = frame.target.foreign_registers if frame else None
    if foreign_registers and (where := values.foreign_registers(record.locations, record.live_outs, frame)):
        yield Violation(place, where, foreign_registers.known)


class Reader:
    """Reads the code of a file: its instructions, and where its calls lead."""

    def __init__(self, image: Image) -> None:
        self.decoder = Decoder(image)
        self.linker = CalleeComparer(image)


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites of each id, by function; of sites with the same promise only the first.

    A collector's statepoints may all have one id: thousands of sites, and a record could belong to any of
    them.
    """

    here: Mapping[tuple[int, str], Mapping[_Promise, Reservation]]
    anywhere: Mapping[int, Mapping[_Promise, Reservation]]

    @classmethod
    def of(cls, promised: Promises) -> Sites:
        """Index some promises."""
        here: defaultdict[tuple[int, str], dict[_Promise, Reservation]] = defaultdict(dict)
        anywhere: defaultdict[int, dict[_Promise, Reservation]] = defaultdict(dict)
        for number, sites in promised.items():
            for site in sites:
                promise = (site.intrinsic, site.num_bytes, site.callee)
                here[number, site.function].setdefault(promise, site)
                anywhere[number].setdefault(promise, site)
        return cls(here, anywhere)

    def of_record(self, number: int, function: str) -> Iterator[Reservation]:
        """The promises for an id, the function's own first: inlining may have moved a record there."""
        own = self.here.get((number, function), {})
        yield from own.values()
        yield from (site for promise, site in self.anywhere.get(number, {}).items() if promise not in own)

    def patched(self, number: int) -> int:
        """The largest reservation of a patch point with an id."""
        return max(
            (size for kind, size, _ in self.anywhere.get(number, {}) if kind is Intrinsic.PATCHPOINT),
            default=0,
        )


class _Function:
    """One function, while it is checked."""

    def __init__(
        self,
        file: StackMapFile,
        one: PlacedMap,
        function: PlacedFunction,
        sites: Sites,
        reader: Reader | None,
    ) -> None:
        self.file = file
        self.one = one
        self.function = function
        self.sites = sites
        self.reader = reader

    def findings(self, first: int) -> Iterator[Finding]:
        """All findings; `first` is the number of the function's first record in the file."""
        function = self.function
        frame = self._frame()
        yield from self._dynamic()
        code = self._code()
        regions, name = self._regions(code), self._name()
        if code is None and self.file.target:
            yield Unchecked(
                Subject(function.name), "code: the file does not say where the function is or ends"
            )
        for index, record in enumerate(function.records, first):
            place = Subject(function.name, index, record.id)
            yield from _values(place, record, self.one, frame)
            if code is not None:
                yield from region.check_offset(code, record, place)
                if regions is not None:
                    yield from regions.reserved(record, place, self.sites.of_record(record.id, name))

    def _name(self) -> str:
        """The function's name in the IR."""
        name = self.function.name
        return name.removeprefix("_") if self.file.image and self.file.image.format == "Mach-O" else name

    def _regions(self, code: FunctionCode | None) -> Regions | None:
        function = self.function
        if code is None or self.reader is None:
            return None
        assert function.section is not None
        assert function.start is not None
        calls = self.reader.linker.calls(function.section)
        return Regions(self.reader.decoder, code, function.start, self.reader.linker, calls)

    def _frame(self) -> values.Frame | None:
        target, image = self.file.target, self.file.image
        if target is None or image is None:
            return None
        return values.Frame(target, self.function.stack_size, image.pointer_size, image.format != "COFF")

    def _dynamic(self) -> Iterator[Finding]:
        slots = {Kind.DIRECT, Kind.INDIRECT}
        some = any(one.kind in slots for record in self.function.records for one in record.locations)
        if some and self.function.stack_size == DYNAMIC:
            yield Unchecked(Subject(self.function.name), "slots inside the frame: its size is not fixed")

    def _code(self) -> FunctionCode | None:
        function, image = self.function, self.file.image
        if self.reader is None or image is None or function.section is None or function.size is None:
            return None
        assert function.start is not None
        data = image.sections[function.section].data[function.start : function.start + function.size]
        most = {number: self.sites.patched(number) for number in {one.id for one in function.records}}
        needed = max((one.offset + most[one.id] for one in function.records), default=0)
        return FunctionCode.of(self.reader.decoder, data, needed)

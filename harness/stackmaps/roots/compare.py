"""Checks that roots are where the stack map says, at captured stops. Pure."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.stackmaps.format import Kind, Location
from harness.stackmaps.load import PlacedRecord, StackMapFile
from harness.stackmaps.objects.image import Image
from harness.stackmaps.roots.capture import CapturedStop
from harness.stackmaps.roots.directives import ExpectedStop, ExpectedValue
from harness.stackmaps.verify.findings import Subject, Violation
from harness.targets.target import Target


@dataclass(frozen=True, slots=True)
class RootsResult:
    """The number of stops, the number of values compared at them, and what was wrong."""

    stops: int
    compared: int
    violations: tuple[Violation, ...]


def compare_stops(
    found: StackMapFile, stops: Sequence[CapturedStop], expected: Sequence[ExpectedStop]
) -> RootsResult:
    """Compare the values at each stop's record with those that the test expects.

    Every stop needs a directive of its id, every directive a stop, every location a value.
    """
    image, target = found.image, found.target
    assert image is not None
    assert target is not None
    sites = sorted(found.sites(), key=lambda site: site.address)
    addresses = [site.address for site in sites]
    left: dict[int, list[ExpectedStop]] = {}
    for one in expected:
        left.setdefault(one.id, []).append(one)
    seen: Counter[int] = Counter()
    compared, violations = 0, []
    symbols = _symbols(image)
    for number, stop in enumerate(stops):
        site = _site(stop, sites, addresses)
        if site is None:
            what = f"it returns to {stop.return_address:#x}, to no record of a stack map"
            violations.append(Violation(Subject(), f"stop {number}: {what}"))
            continue
        place = Subject(site.function.name, seen[site.record.id], site.record.id)
        seen[site.record.id] += 1
        if not left.get(site.record.id):
            violations.append(Violation(place, f"stop {number}: no directive says what is live there"))
            continue
        wanted = left[site.record.id].pop(0)
        reader = _Reader(stop, image, target, found.maps[_map_of(found, site)].map.constants, symbols)
        compared += sum(value.form != "any" for value in wanted.values)
        violations += (
            Violation(place, f"line {wanted.line}: {what}")
            for what in _differences(reader, site.record.locations, wanted.values)
        )
    for rest in left.values():
        violations += (
            Violation(Subject(id=one.id), f"line {one.line}: the program never stopped at id {one.id}")
            for one in rest
        )
    return RootsResult(len(stops), compared, tuple(violations))


def _site(stop: CapturedStop, sites: Sequence[PlacedRecord], addresses: Sequence[int]) -> PlacedRecord | None:
    """The last record at or before the return address, in the same function.

    A patch point's record is at its first byte, a statepoint's is after its call.
    """
    index = bisect_right(addresses, stop.return_address) - 1
    if index < 0:
        return None
    function = sites[index].function
    inside = function.size is None or stop.return_address <= function.address + function.size
    return sites[index] if inside else None


def _map_of(found: StackMapFile, site: PlacedRecord) -> int:
    return next(n for n, one in enumerate(found.maps) if site.function in one.functions)


def _symbols(image: Image) -> Mapping[str, int]:
    return {one.name: image.sections[one.section].address + one.offset for one in image.symbols}


def _differences(
    reader: _Reader, locations: Sequence[Location], values: Sequence[ExpectedValue]
) -> Iterator[str]:
    if len(locations) != len(values):
        yield f"{len(values)} values, {len(locations)} locations"
    for index, (location, value) in enumerate(zip(locations, values, strict=False)):
        for what in reader.difference(location, value):
            yield f"location {index} ({reader.name(location)}): {what}"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the locations of one record at one stop."""

    stop: CapturedStop
    image: Image
    target: Target
    constants: Sequence[int]
    symbols: Mapping[str, int]

    def name(self, one: Location) -> str:
        """A location as text: `Indirect R#6 rbp - 8, size 8`."""
        if one.kind in {Kind.CONSTANT, Kind.CONSTANT_INDEX}:
            return f"{one.kind.label} {one.offset}"
        text = f"{one.kind.label} {self.target.register(one.dwarf_register)}"
        if one.offset:
            text += f" {'-' if one.offset < 0 else '+'} {abs(one.offset)}"
        return f"{text}, size {one.size}"

    def difference(self, one: Location, value: ExpectedValue) -> Iterator[str]:
        """What is wrong with a location."""
        if value.form == "any":
            return
        if value.kind not in {None, one.kind}:
            yield f"expected {value.text}"
            return
        in_pieces = one.kind in {Kind.REGISTER, Kind.INDIRECT}
        if in_pieces and one.size < (self.image.pointer_size if value.pointee else value.size):
            yield f"expected {value.text}, which is longer"
            return
        if value.symbol and value.symbol not in self.symbols:
            yield f"expected {value.text}, but the file has no symbol {value.symbol}"
            return
        got = self._value(one, value)
        wanted = self.symbols[value.symbol] if value.symbol else value.bits
        if got is None:
            yield f"expected {value.text}, but it is not among what was captured"
        elif got != wanted:
            yield f"expected {value.text} ({wanted:#x}), found {got:#x}"

    def _value(self, one: Location, value: ExpectedValue) -> int | None:
        """The bits of a location's value, or those in memory at that address."""
        if not value.pointee:
            return self._bits(one, value.size, value.form == "float")
        address = self._bits(one, self.image.pointer_size, False)
        there = None if address is None else self.stop.read(address, value.size)
        return None if there is None else int.from_bytes(there, self.image.order)

    def _bits(self, one: Location, size: int, is_float: bool) -> int | None:
        mask = (1 << 8 * size) - 1
        if one.kind is Kind.CONSTANT:
            return one.offset & mask
        if one.kind is Kind.CONSTANT_INDEX:
            return self.constants[one.offset] & mask if 0 <= one.offset < len(self.constants) else None
        register = self.stop.registers.get(one.dwarf_register)
        if register is None:
            return None
        if one.kind is Kind.REGISTER:
            return self._in_register(one, register, size, is_float)
        address = int.from_bytes(register, self.image.order) + one.offset
        if one.kind is Kind.DIRECT:
            return address & mask
        there = self.stop.read(address, one.size)
        return None if there is None else self._low(there, size, is_float)

    def _in_register(self, one: Location, register: bytes, size: int, is_float: bool) -> int:
        if is_float and size == 4 and one.dwarf_register in self.target.wide_floats:
            sign = "<" if self.image.order == "little" else ">"
            (number,) = struct.unpack(f"{sign}d", register)
            return int.from_bytes(struct.pack(">f", number), "big")
        whole = self._low(register, size + one.offset // 8, is_float)
        return whole >> one.offset & ((1 << 8 * size) - 1)

    def _low(self, data: bytes, size: int, is_float: bool) -> int:
        """The number in a register or slot, which may be wider.

        An integer is at the low end. SystemZ has a float in the leftmost bytes of a register: F0S is the high
        half of F0D (SystemZRegisterInfo.td).
        """
        if is_float and self.image.order == "big":
            return int.from_bytes(data[:size], "big")
        return int.from_bytes(data, self.image.order) & ((1 << 8 * size) - 1)

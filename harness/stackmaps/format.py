"""The stack map format, versions 1 to 3: from bytes to frozen values. Pure; no file, no target.

Sources: llvm/lib/CodeGen/StackMaps.cpp (`emitStackmapHeader` and what follows it) and
llvm/include/llvm/Object/StackMapParser.h. Version 1 is LLVM 3.5's to 3.9's; version 2 (LLVM 4, review
D23487) adds a record count to every function; version 3 (LLVM 5, review D32629) widens a location from 8 to
12 bytes. All numbers have the target's byte order.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from harness.errors import UsageError
from harness.targets.instructions import ByteOrder


@dataclass(frozen=True, slots=True)
class _Layout:
    """The `struct` layouts of a version's functions and locations."""

    function: str
    location: str


_LAYOUTS = {1: _Layout("QQ", "BBHi"), 2: _Layout("QQQ", "BBHi"), 3: _Layout("QQQ", "BBHHHi")}
VERSIONS = tuple(_LAYOUTS)
# The stack size of a function whose frame has no fixed size: dynamic alloca or realignment.
DYNAMIC = 2**64 - 1
_HEADER_BYTES = 16
_ALIGNMENT = 8
_NEXT = "give an object or section as the compiler wrote it"


@dataclass(eq=False)
class StackMapError(UsageError):
    """These bytes are not a stack map. `offset` is the place in the section, in bytes."""

    offset: int = 0

    def of(self, source: str) -> StackMapError:
        """The same error, prefixed by its file and section."""
        return StackMapError(f"{source}: {self.what}", self.next_step, self.detail, self.offset)


class Kind(enum.Enum):
    """What a location's register and offset mean."""

    REGISTER = 1
    DIRECT = 2
    INDIRECT = 3
    CONSTANT = 4
    CONSTANT_INDEX = 5

    @property
    def label(self) -> str:
        """As LLVM's documentation writes it: `ConstantIndex`."""
        return self.name.title().replace("_", "")


@dataclass(frozen=True, slots=True)
class Location:
    """Where one value is at a record's address; `size` in bytes.

    REGISTER: in the register, `offset` bits into it (a subregister). DIRECT: it is the address register +
    `offset` bytes. INDIRECT: in memory at register + `offset` bytes. CONSTANT: it is `offset`.
    CONSTANT_INDEX: it is the constant number `offset` of the map.
    """

    kind: Kind
    size: int
    dwarf_register: int
    offset: int


@dataclass(frozen=True, slots=True)
class LiveOut:
    """A register that must survive the site; `size` in bytes of the part that is live."""

    dwarf_register: int
    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """One site: `id` as in the IR (64 bits, unsigned), `offset` in bytes from the function's start.

    `position` is where the record itself starts in its section.
    """

    id: int
    offset: int
    locations: tuple[Location, ...]
    live_outs: tuple[LiveOut, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function with records; `stack_size` in bytes, or DYNAMIC. `record_count` is None in version 1.

    In an object that is not linked, `address` is the offset in the function's section.
    """

    address: int
    stack_size: int
    record_count: int | None
    position: int


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reserved field or padding that is not zero; LLVM always writes zero. `position` in the section."""

    position: int
    field: str
    value: int


@dataclass(frozen=True, slots=True)
class StackMap:
    """One map, written by one compilation. It takes `size` bytes from `position` of its section.

    `constants` are signed, as a location's small constants are: llvm/docs/StackMaps.rst has both as values.
    """

    version: int
    functions: tuple[Function, ...]
    constants: tuple[int, ...]
    records: tuple[Record, ...]
    reserved: tuple[Reserved, ...]
    position: int
    size: int

    @property
    def end(self) -> int:
        """The position after its last byte."""
        return self.position + self.size

    def grouped(self) -> tuple[tuple[tuple[Record, ...], ...], tuple[Record, ...]]:
        """The records of each function, in the order of `functions`, and those of no function.

        Records belong to functions by their order. Version 1 has no counts: there the records of more than
        one function cannot be told apart.
        """
        if self.version == 1:
            if len(self.functions) == 1:
                return (self.records,), ()
            return tuple(() for _ in self.functions), self.records
        groups, start = [], 0
        for function in self.functions:
            end = min(start + (function.record_count or 0), len(self.records))
            groups.append(self.records[start:end])
            start = end
        return tuple(groups), self.records[start:]


def parse_section(data: bytes, order: ByteOrder) -> tuple[StackMap, ...]:
    """Every map of a section: a linker concatenates those of its inputs.

    Zeros after the last map are ignored. Raises StackMapError for anything else that is not a map. Takes time
    and memory linear in the length of `data`, whatever it contains.
    """
    try:
        found = _maps(data, order, _LAYOUTS)
    except StackMapError:
        _refuse_hybrid(data, order)
        raise
    if any(one.version == 1 and one.reserved for one in found):
        _refuse_hybrid(data, order)
    return found


def parse(data: bytes, order: ByteOrder, position: int = 0) -> StackMap:
    """The map that starts at a position. Raises StackMapError."""
    return _Reader(data, order, position, _LAYOUTS).stack_map()


def _maps(data: bytes, order: ByteOrder, layouts: Mapping[int, _Layout]) -> tuple[StackMap, ...]:
    maps = [_Reader(data, order, 0, layouts).stack_map()]
    while any(data[maps[-1].end : maps[-1].end + _ALIGNMENT]) or any(data[maps[-1].end :]):
        maps.append(_Reader(data, order, maps[-1].end, layouts).stack_map())
    return tuple(maps)


def _refuse_hybrid(data: bytes, order: ByteOrder) -> None:
    """Raise StackMapError if version 2's layout explains maps that say version 1.

    D23487 gave functions their record counts; the number became 2 later. In between (2016), LLVM's main
    branch wrote such maps; read as version 1, they are garbage from the first record on.
    """
    try:
        found = _maps(data, order, {**_LAYOUTS, 1: _LAYOUTS[2]})
    except StackMapError:
        return
    old = [one for one in found if one.version == 1]
    for one in old:
        counted = sum(function.record_count or 0 for function in one.functions)
        if counted != len(one.records) or one.reserved:
            return
    if old:
        raise StackMapError(
            f"byte {old[0].position}: it says version 1, but its functions have record counts, which are"
            " version 2's: LLVM's main branch wrote such maps in 2016, between LLVM 3.9 and 4",
            "compile it with LLVM 3.9 or 4; or change that byte to 2: the rest is version 2",
            offset=old[0].position,
        )


class _Reader:
    """A cursor over the section."""

    def __init__(self, data: bytes, order: ByteOrder, position: int, layouts: Mapping[int, _Layout]) -> None:
        self.data = data
        self.layouts = layouts
        self.sign = "<" if order == "little" else ">"
        self.start = position
        self.at = position
        self.version = 0
        self.layout = layouts[VERSIONS[-1]]
        self.reserved: list[Reserved] = []

    def stack_map(self) -> StackMap:
        if self.left < _HEADER_BYTES:
            self._refuse(f"a stack map starts with {_HEADER_BYTES} bytes, {self.left} are left")
        self.version, byte, half, functions, constants, records = self._fields("BBHIII")
        if self.version not in VERSIONS:
            known = ", ".join(map(str, VERSIONS))
            self._refuse(f"version {self.version} is not one of {known}", self.start)
        self._zero(self.start + 1, "header", byte)
        self._zero(self.start + 2, "header", half)
        self.layout = self.layouts[self.version]
        per_function = struct.calcsize(f"={self.layout.function}")
        # The minimum size for these counts: nothing is allocated for a count that cannot be true.
        self._room(functions, per_function, "functions", self.start + 4)
        self._room(constants, 8, "constants", self.start + 8)
        self._room(records, 24, "records", self.start + 12)
        found = tuple(self._function() for _ in range(functions))
        self._room(constants, 8, "constants", self.start + 8)
        pool = self._fields(f"{constants}q")
        self._room(records, 24, "records", self.start + 12)
        sites = tuple(self._record() for _ in range(records))
        size = self.at - self.start
        return StackMap(self.version, found, pool, sites, tuple(self.reserved), self.start, size)

    @property
    def left(self) -> int:
        """The number of bytes left."""
        return max(len(self.data) - self.at, 0)

    def _refuse(self, why: str, offset: int | None = None) -> NoReturn:
        place = self.at if offset is None else offset
        raise StackMapError(f"byte {place}: {why}", _NEXT, offset=place)

    def _room(self, count: int, each: int, what: str, field: int) -> None:
        if count * each > self.left:
            self._refuse(f"{count} {what} take {count * each} bytes or more, {self.left} are left", field)

    def _fields(self, layout: str) -> tuple[int, ...]:
        fields = struct.Struct(self.sign + layout)
        if fields.size > self.left:
            self._refuse(f"{fields.size} bytes are needed, {self.left} are left")
        values: tuple[int, ...] = fields.unpack_from(self.data, self.at)
        self.at += fields.size
        return values

    def _zero(self, position: int, field: str, value: int) -> None:
        if value:
            self.reserved.append(Reserved(position, field, value))

    def _function(self) -> Function:
        position = self.at
        address, stack_size, *count = self._fields(self.layout.function)
        return Function(address, stack_size, count[0] if count else None, position)

    def _record(self) -> Record:
        position = self.at
        number, offset, flags, count = self._fields("QIHH")
        self._zero(position + 12, "record flags", flags)
        self._room(count, struct.calcsize(f"={self.layout.location}"), "locations", position + 14)
        locations = tuple(self._locations(count))
        self._align(position)
        padding, outs = self._fields("HH")
        self._zero(self.at - 4, "padding", padding)
        self._room(outs, 4, "live-outs", self.at - 2)
        live_outs = tuple(self._live_outs(outs))
        self._align(position)
        return Record(number, offset, locations, live_outs, position)

    def _locations(self, count: int) -> Iterator[Location]:
        layout = struct.Struct(self.sign + self.layout.location)
        for _ in range(count):
            position = self.at
            values: tuple[int, ...] = layout.unpack_from(self.data, position)
            if self.version == 3:
                kind, byte, size, register, half, offset = values
                self._zero(position + 1, "location", byte)
                self._zero(position + 6, "location", half)
            else:
                kind, size, register, offset = values
            if not 1 <= kind <= len(Kind):
                self._refuse(f"a location's kind is {kind}, not 1 to {len(Kind)}")
            self.at += layout.size
            yield Location(Kind(kind), size, register, offset)

    def _live_outs(self, count: int) -> Iterator[LiveOut]:
        layout = struct.Struct(self.sign + "HBB")
        for _ in range(count):
            register, byte, size = layout.unpack_from(self.data, self.at)
            self._zero(self.at + 2, "live-out", byte)
            self.at += layout.size
            yield LiveOut(register, size)

    def _align(self, start: int) -> None:
        """Skip the padding that makes what was read since `start` a multiple of 8 bytes."""
        rest = -(self.at - start) % _ALIGNMENT
        if rest:
            position = self.at
            self._zero(position, "padding", sum(self._fields(f"{rest}B")))

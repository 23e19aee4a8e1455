"""Loads the stack maps of a file: every function with its name, place and records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from harness.errors import UsageError
from harness.stackmaps.files import name_of, read
from harness.stackmaps.format import Function, Record, StackMap, StackMapError, parse_section
from harness.stackmaps.objects import coff, container, elf, macho
from harness.stackmaps.objects.image import Image, Names, Reference
from harness.targets import registry
from harness.targets.instructions import ByteOrder
from harness.targets.target import Target

ELF_SECTION = ".llvm_stackmaps"
MACHO_SECTION = "__llvm_stackmaps"


@dataclass(frozen=True, slots=True)
class PlacedFunction:
    """A function of a map, and where its code is.

    `name` is its symbol, or `#3` for the fourth function of a file that names none. `section` is the index of
    its code's section and `start` the offset there; None where that is not known. `size` is in bytes, None if
    its end is unknown. `address` is an address in a linked file, and in an object the offset in the
    section. `stack_size` is in bytes, or format.DYNAMIC.
    """

    name: str
    section: int | None
    start: int | None
    size: int | None
    address: int
    stack_size: int
    record_count: int | None
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class PlacedMap:
    """One map, its functions in order, and the records that belong to no known function."""

    map: StackMap
    functions: tuple[PlacedFunction, ...]
    unplaced: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class PlacedRecord:
    """One record with the function it belongs to; `address` is that of its instruction."""

    function: PlacedFunction
    record: Record

    @property
    def address(self) -> int:
        """The instruction's address in a linked file, or offset in its section."""
        return self.function.address + self.record.offset


@dataclass(frozen=True, slots=True)
class StackMapFile:
    """All maps of a file. `size` is that of their section in bytes; `image` is None for a raw section."""

    name: str
    image: Image | None
    size: int
    maps: tuple[PlacedMap, ...]

    @property
    def target(self) -> Target | None:
        """The target; None for a raw section and for unknown machines."""
        return registry.find(self.image.machine) if self.image else None

    def functions(self) -> Iterator[PlacedFunction]:
        """The functions of all maps."""
        for one in self.maps:
            yield from one.functions

    def sites(self) -> Iterator[PlacedRecord]:
        """Every record of a known function, in the order of the file."""
        for function in self.functions():
            for record in function.records:
                yield PlacedRecord(function, record)


@dataclass(eq=False)
class UnknownFormatError(UsageError):
    """A file in a format that cannot be read."""


@dataclass(eq=False)
class NoStackMapsError(UsageError):
    """A file without a section of stack maps."""


@dataclass(frozen=True, slots=True)
class LoadedObjects:
    """The stack maps of a file's objects, and the names of its parts that are not objects.

    `labels` name the objects in the file, `(member.o)` or `(arm64)`; empty if the file is an object itself.
    """

    files: tuple[StackMapFile, ...]
    labels: tuple[str, ...]
    unread: tuple[str, ...] = ()


def load(path: Path, calls: bool = False) -> StackMapFile:
    """The stack maps of an object or executable, with the relocations of its `calls`. Raises UsageError."""
    found = load_all(path, calls).files
    if len(found) > 1:
        raise UsageError(
            f"{name_of(path)}: {len(found)} of its objects have stack maps",
            f"take one out: llvm-ar x, or llvm-lipo -thin; they are {', '.join(one.name for one in found)}",
        )
    return found[0]


def load_all(path: Path, calls: bool = False) -> LoadedObjects:
    """The stack maps of all objects in a file: an archive or a universal file may have many.

    Those without stack maps are left out. Raises UsageError if none has any, or if one is damaged.
    """
    data, name = read(path), name_of(path)
    try:
        return all_from_bytes(data, name, calls)
    except MemoryError:
        raise UsageError(f"{name}: is larger than the available memory", "name a smaller file") from None


def all_from_bytes(data: bytes, name: str, calls: bool = False) -> LoadedObjects:
    """The same for a file in memory; `name` is for errors."""
    files, labels, unread = [], [], []
    parts = container.parts(data, name)
    for part in parts:
        try:
            files.append(from_bytes(part.data, f"{name}{part.label}", calls))
            labels.append(part.label)
        except UnknownFormatError:
            if not part.label:
                raise
            unread.append(f"{name}{part.label}")
        except NoStackMapsError:
            if not part.label:
                raise
    if not files:
        objects = len(parts) - len(unread)
        raise NoStackMapsError(
            f"{name}: none of its {objects} objects has a section {ELF_SECTION} or {MACHO_SECTION}",
            "name a file with stack maps",
        )
    return LoadedObjects(tuple(files), tuple(labels), tuple(unread))


def load_raw(path: Path, order: ByteOrder) -> StackMapFile:
    """The stack maps of a file with only the bytes of a section. Raises UsageError."""
    data = read(path)
    try:
        maps = parse_section(data, order)
    except StackMapError as error:
        raise error.of(name_of(path)) from None
    firsts = accumulate((len(one.functions) for one in maps), initial=0)
    placed = tuple(_unnamed(one, first) for one, first in zip(maps, firsts, strict=False))
    return StackMapFile(name_of(path), None, len(data), placed)


def from_bytes(data: bytes, name: str, calls: bool = False) -> StackMapFile:
    """The stack maps of an object or executable in memory; `name` is for errors. Raises UsageError."""
    image = read_image(data, name, calls)
    wanted = MACHO_SECTION if image.format == "Mach-O" else ELF_SECTION
    found = [index for index, section in enumerate(image.sections) if section.name == wanted]
    if not found:
        raise NoStackMapsError(
            f"{name}: no section {wanted}",
            "name a file with stack maps, or give the section's bytes alone with --raw",
        )
    names = Names.of(image)
    placed: list[PlacedMap] = []
    for index in found:
        try:
            maps = parse_section(image.sections[index].data, image.order)
        except StackMapError as error:
            raise error.of(f"{name}: {wanted}") from None
        for one in maps:
            first = sum(len(before.functions) for before in placed)
            placed.append(_placed(one, image, index, names, first))
    return StackMapFile(name, image, sum(len(image.sections[i].data) for i in found), tuple(placed))


def read_image(data: bytes, name: str, calls: bool = False) -> Image:
    """Read a file in any of the formats. Raises UsageError."""
    if data.startswith(b"\x7fELF"):
        return elf.read(data, name, ELF_SECTION, calls)
    if data.startswith(macho.MAGICS):
        return macho.read(data, name, MACHO_SECTION, calls)
    if data.startswith(b"MZ") or coff.find(int.from_bytes(data[:2], "little")):
        return coff.read(data, name, ELF_SECTION, calls)
    raise UnknownFormatError(
        f"{name}: neither ELF, nor Mach-O, nor COFF of x86-64 or AArch64, nor an archive of these",
        "name such a file, or give the section's bytes alone with --raw",
    )


def _unnamed(one: StackMap, first: int) -> PlacedMap:
    groups, rest = one.grouped()
    functions = tuple(
        PlacedFunction(f"#{i}", None, None, None, f.address, f.stack_size, f.record_count, group)
        for i, (f, group) in enumerate(zip(one.functions, groups, strict=True), first)
    )
    return PlacedMap(one, functions, rest)


def _placed(one: StackMap, image: Image, section: int, names: Names, first: int) -> PlacedMap:
    groups, rest = one.grouped()
    functions = tuple(
        _function(f, i, group, image, section, names)
        for i, (f, group) in enumerate(zip(one.functions, groups, strict=True), first)
    )
    return PlacedMap(one, functions, rest)


def _function(
    function: Function,
    index: int,
    records: tuple[Record, ...],
    image: Image,
    section: int,
    names: Names,
) -> PlacedFunction:
    place = image.sections[section].references.get(function.position)
    if place is None and not image.relocatable:
        place = image.locate(function.address)
    if place is None:
        place = Reference("", None, function.address)
    symbol = names.named(place)
    name = symbol.name if symbol else place.symbol or f"#{index}"
    code = _code(place, image)
    size = names.size(image, code, symbol)
    start = None if code.section is None else code.offset
    address = function.address
    if code != place and code.section is not None:
        address = code.offset + (0 if image.relocatable else image.sections[code.section].address)
    return PlacedFunction(
        name, code.section, start, size, address, function.stack_size, function.record_count, records
    )


def _code(place: Reference, image: Image) -> Reference:
    """Where a function's code is: on 64-bit big-endian PowerPC its address is that of a descriptor."""
    if place.section is None or image.sections[place.section].name != ".opd":
        return place
    opd = image.sections[place.section]
    if (found := opd.references.get(place.offset)) is not None:
        return found
    address = int.from_bytes(opd.data[place.offset : place.offset + 8], image.order)
    return image.locate(address) or Reference("", None, address)

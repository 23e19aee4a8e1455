"""COFF objects and PE images: sections, symbols, and the relocations of a stack map.

Source: llvm/include/llvm/BinaryFormat/COFF.h and the PE format as its vendor documents it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.stackmaps.objects.bounded import Budget, Bytes
from harness.stackmaps.objects.image import Fixup, Image, RawSection, Reference, Section, Symbol
from harness.targets import registry
from harness.targets.relocations import FixupKind
from harness.targets.target import Target

_CODE = 0x2000_0020
_UNINITIALISED = 0x80
_MORE_RELOCATIONS = 0x0100_0000
_SYMBOL_BYTES = 18
_FUNCTION = 0x20
_EXTERNAL, _STATIC = 2, 3
_RELOCATION_BYTES = 10
_PE32_PLUS = 0x20B


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    section: int | None
    value: int
    function: bool
    label: bool


def find(machine: int) -> Target | None:
    """The target of a header's machine number."""
    return next((one for one in registry.TARGETS if one.coff and one.coff.machine == machine), None)


def read(data: bytes, name: str, wanted: str, calls: bool = False) -> Image:
    """The image of a COFF object or PE file; sections called `wanted` are relocated.

    `calls` asks for the relocations of code. Raises UsageError.
    """
    return _File(Bytes(name, data, "COFF"), wanted, calls).image()


class _File:
    """One file, while it is read."""

    def __init__(self, file: Bytes, wanted: str, calls: bool) -> None:
        self.file = file
        self.wanted = wanted
        self.budget = Budget(file.name, file.data)
        self.relocatable = file.data[:2] != b"MZ"
        self.calls = calls and self.relocatable
        header = 0
        if not self.relocatable:
            (header,) = file.fields("I", 0x3C)
            if file.part(header, 4) != b"PE\0\0":
                raise file.damaged("no PE header")
            header += 4
        machine, self.count, _, self.symbols, self.symbol_count, optional, _ = file.fields("HHIIIHH", header)
        self.target = find(machine)
        self.known = self.target.coff if self.target else None
        self.machine = self.target.name if self.target else f"COFF machine {machine:#x}"
        self.table = header + 20 + optional
        self.base = self._image_base(header + 20) if optional else 0
        self.strings = self.symbols + self.symbol_count * _SYMBOL_BYTES

    def _image_base(self, optional: int) -> int:
        (magic,) = self.file.fields("H", optional)
        if magic != _PE32_PLUS:
            raise self.file.damaged(
                f"optional header {magic:#x}, only the 64-bit one ({_PE32_PLUS:#x}) can be read"
            )
        (base,) = self.file.fields("Q", optional + 24)
        return base

    def image(self) -> Image:
        """Read the whole file."""
        raw = list(self._sections())
        names = dict(self._names())
        sections = tuple(self._section(one, names) for one in raw)
        symbols = tuple(
            Symbol(one.name, one.section, one.value, 0, one.function)
            for one in names.values()
            if one.section is not None and one.section < len(sections) and not one.label
        )
        return Image("COFF", self.machine, "little", 8, self.relocatable, sections, symbols)

    def _sections(self) -> Iterator[RawSection]:
        for index in range(self.count):
            at = self.table + 40 * index
            size, address, length, offset, relocations, _, count, _, flags = self.file.fields("6IHHI", at + 8)
            if flags & _UNINITIALISED:
                length = 0
            if not self.relocatable:
                length = min(length, size)  # padded to the file's alignment
            if flags & _MORE_RELOCATIONS and count == 0xFFFF:
                # The count does not fit into 16 bits: the first entry holds it, itself included.
                (count,) = self.file.fields("I", relocations)
                relocations, count = relocations + _RELOCATION_BYTES, max(count - 1, 0)
            self.budget.take(length)
            section = Section(self._section_name(at), self.base + address, self.file.part(offset, length))
            yield RawSection(section, relocations, count, bool(flags & _CODE))

    def _section_name(self, at: int) -> str:
        name = self.file.text(at, 8)
        # `.llvm_stackmaps` is longer than the eight characters a header has.
        if name.startswith("/") and name[1:].isascii() and name[1:].isdigit():
            return self.file.text(self.strings + int(name[1:]))
        # An image has no string table: the linker truncated the name.
        return self.wanted if not self.relocatable and name == self.wanted[:8] else name

    def _names(self) -> Iterator[tuple[int, _Name]]:
        self.file.part(self.symbols, self.symbol_count * _SYMBOL_BYTES)
        index = 0
        while index < self.symbol_count:
            at = self.symbols + index * _SYMBOL_BYTES
            zeros, long, value, section, kind, storage, extra = self.file.fields("IIIHHBB", at)
            name = self.file.text(at, 8) if zeros else self.file.text(self.strings + long)
            inside = section - 1 if 0 < section <= self.count else None
            # Every section has a symbol of its name, followed by an auxiliary record.
            label = storage not in {_EXTERNAL, _STATIC} or (storage == _STATIC and bool(extra))
            yield index, _Name(name, inside, value, kind == _FUNCTION, label)
            index += 1 + extra

    def _section(self, one: RawSection, names: Mapping[int, _Name]) -> Section:
        if one.section.name == self.wanted:
            return self._relocated(one, names)
        if self.calls and one.code:
            return replace(one.section, fixups=dict(self._fixups(one, names)))
        return one.section

    def _entries(self, one: RawSection, names: Mapping[int, _Name]) -> Iterator[tuple[int, _Name, int]]:
        """The relocations of a section: place, symbol, type."""
        self.budget.take(one.count * _RELOCATION_BYTES)
        for place, number, kind in self.file.rows("IIH", one.relocations, one.count):
            if number not in names:
                raise self.file.damaged(f"a relocation against symbol {number} of {self.symbol_count}")
            yield place, names[number], kind

    def _relocated(self, one: RawSection, names: Mapping[int, _Name]) -> Section:
        found = bytearray(one.section.data)
        references: dict[int, Reference] = {}
        for place, symbol, kind in self._entries(one, names):
            width = self.known.widths.get(kind) if self.known else None
            if width is None:
                raise self.file.damaged(f"a relocation of type {kind} in {self.wanted}")
            if place > len(found) - width:
                raise self.file.damaged(f"a relocation for byte {place} of {len(found)}")
            field = slice(place, place + width)
            addend = int.from_bytes(found[field], "little")
            value = symbol.value + addend
            references[place] = Reference("" if symbol.label else symbol.name, symbol.section, value)
            found[field] = (value % (1 << 8 * width)).to_bytes(width, "little")
        return replace(one.section, data=bytes(found), references=references)

    def _fixups(self, one: RawSection, names: Mapping[int, _Name]) -> Iterator[tuple[int, Fixup]]:
        data = one.section.data
        calls = self.known.calls if self.known else {}
        for place, symbol, entry in self._entries(one, names):
            kind = calls.get(entry, FixupKind.OTHER)
            if symbol.name.startswith("__imp_"):
                kind = FixupKind.SLOT if kind in {FixupKind.CALL, FixupKind.SLOT} else FixupKind.OTHER
            elif kind is FixupKind.SLOT:
                kind = FixupKind.OTHER  # a word in the file itself
            width = 8 if kind is FixupKind.VALUE else 4
            there = int.from_bytes(data[place : place + width], "little", signed=True)
            if self.known:
                there = self.known.addend(kind, there)
            goal = Reference("" if symbol.label else symbol.name, symbol.section, symbol.value + there)
            yield place, Fixup(kind, goal)

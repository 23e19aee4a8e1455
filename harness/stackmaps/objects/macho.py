"""Mach-O of 64 and of 32 bits, little-endian: sections, symbols, and the relocations of a stack map.

`macholib` reads neither relocations nor damaged files; the harness needs little of the format.
Source: llvm/include/llvm/BinaryFormat/MachO.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.errors import UsageError
from harness.stackmaps.objects.bounded import LONGEST_NAME, Budget, Bytes
from harness.stackmaps.objects.image import Fixup, Image, RawSection, Reference, Section, Symbol
from harness.targets import registry
from harness.targets.relocations import FixupKind

_MAGIC_64, _MAGIC_32 = b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"
MAGICS = (_MAGIC_64, _MAGIC_32)
# Machines without a module in harness.targets: their maps can be shown, not verified.
_OTHERS = {7: "i386", 12: "arm"}
_OBJECT = 1
_LC_SYMTAB, _LC_CHAINED_FIXUPS = 0x2, 0x8000_0034
_ZEROFILL = {0x1, 0xC, 0x12}
_CODE = 0x8000_0400
_STABS, _TYPE, _IN_SECTION = 0xE0, 0x0E, 0x0E
_UNSIGNED = 0
# On i386 and arm, such an entry names an address, not a symbol or section. VANILLA is UNSIGNED.
# The differences (with a PAIR after each) are in the bytes already.
_SCATTERED = 0x8000_0000
_SCATTERING = {"i386", "arm"}
_VANILLA, _DIFFERENCES = 0, {1, 2, 4}


@dataclass(frozen=True, slots=True)
class _Layout:
    """What depends on the width of addresses, including `struct` layouts.

    `count` is the offset of the number of sections in a segment command; the sections follow the command.
    """

    pointer_size: int
    header: int
    segment: int
    count: int
    command: int
    section: int
    fields: str
    symbol: str


_LAYOUTS = {
    _MAGIC_64: _Layout(8, 32, 0x19, 64, 72, 80, "QQIIIII", "IBBHQ"),
    _MAGIC_32: _Layout(4, 28, 0x1, 48, 56, 68, "IIIIIII", "IBBHI"),
}


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    section: int | None
    value: int
    debugger: bool


def read(data: bytes, name: str, wanted: str, calls: bool = False) -> Image:
    """The image of a Mach-O file; sections called `wanted` are relocated, `calls` asks for those of code.

    Raises UsageError.
    """
    return _File(Bytes(name, data, "Mach-O"), wanted, calls).image()


class _File:
    """One Mach-O file, while it is read."""

    def __init__(self, file: Bytes, wanted: str, calls: bool) -> None:
        self.file = file
        self.wanted = wanted
        self.budget = Budget(file.name, file.data)
        self.layout = _LAYOUTS[file.part(0, 4)]
        _, cpu, _, kind, self.commands, self.size = file.fields("6I", 0)
        self.target = next((one for one in registry.TARGETS if one.macho and cpu in one.macho.cpus), None)
        self.known = self.target.macho if self.target else None
        self.machine = self.target.name if self.target else _OTHERS.get(cpu, f"Mach-O CPU {cpu:#x}")
        self.relocatable = kind == _OBJECT
        self.calls = calls and self.relocatable
        self.sections: list[RawSection] = []
        self.names: list[_Name] = []

    def image(self) -> Image:
        """Read the whole file."""
        at = self.layout.header
        for _ in range(self.commands):
            command, size = self.file.fields("II", at)
            if size < 8:
                raise self.file.damaged(f"a load command of {size} bytes")
            if command == self.layout.segment:
                self.sections += self._segment(at, size)
            elif command == _LC_SYMTAB:
                self.names += self._symtab(at)
            elif command == _LC_CHAINED_FIXUPS:
                raise UsageError(
                    f"{self.file.name}: its addresses are chained fixups, which the harness cannot read",
                    "give the object files, or link with -no_fixup_chains",
                )
            at += size
        sections = tuple(map(self._section, self.sections))
        symbols = tuple(self._symbols())
        width = self.layout.pointer_size
        return Image("Mach-O", self.machine, "little", width, self.relocatable, sections, symbols)

    def _segment(self, at: int, size: int) -> Iterator[RawSection]:
        layout = self.layout
        (count,) = self.file.fields("I", at + layout.count)
        if layout.command + layout.section * count > size:
            raise self.file.damaged(f"{count} sections in a load command of {size} bytes")
        first = at + layout.command
        for start in range(first, first + layout.section * count, layout.section):
            address, length, offset, _, relocations, number, flags = self.file.fields(
                layout.fields, start + 32
            )
            length = 0 if flags & 0xFF in _ZEROFILL else length
            self.budget.take(length)
            data = self.file.part(offset, length)
            section = Section(self.file.text(start, 16), address, data)
            yield RawSection(section, relocations, number, bool(flags & _CODE))

    def _symtab(self, at: int) -> Iterator[_Name]:
        symbols, count, strings, size = self.file.fields("4I", at + 8)
        form = self.layout.symbol
        self.budget.take(struct.calcsize(f"={form}") * count + size)
        for name, kind, section, _, value in self.file.rows(form, symbols, count):
            inside = section - 1 if kind & _TYPE == _IN_SECTION else None
            text = self.file.text(strings + name, min(size - name, LONGEST_NAME)) if name < size else ""
            yield _Name(text, inside, value, bool(kind & _STABS))

    def _section(self, one: RawSection) -> Section:
        if one.section.name == self.wanted:
            return self._relocated(one)
        if self.calls and one.code:
            return replace(one.section, fixups=dict(self._fixups(one)))
        return one.section

    def _fixups(self, one: RawSection) -> Iterator[tuple[int, Fixup]]:
        self.budget.take(8 * one.count)
        data = one.section.data
        added: set[int] = set()
        for place, info in self.file.rows("II", one.relocations, one.count):
            external = bool(info >> 27 & 1)
            calls = self.known.calls if self.known else {}
            kind = calls.get(info >> 28, FixupKind.OTHER)
            if kind is FixupKind.CALL and not external:
                continue  # the instruction has the distance, for the sections' addresses in this file
            if self.known and info >> 28 == self.known.addend:
                added.add(place)
                continue
            there = int.from_bytes(data[place : place + (1 << (info >> 25 & 3))], "little", signed=True)
            if self.known and not self.known.inline:
                there = 0
            value = there + (self._target(info).value if external else 0)
            goal = self._reference(self._target(info), value, external, there)
            yield place, Fixup(FixupKind.OTHER if place in added else kind, goal)

    def _relocated(self, one: RawSection) -> Section:
        found = bytearray(one.section.data)
        references: dict[int, Reference] = {}
        minuend: int | None = None
        self.budget.take(8 * one.count)
        for place, info in self.file.rows("II", one.relocations, one.count):
            if place & _SCATTERED and self.machine in _SCATTERING:
                self._scattered(place, info, found, references)
                continue
            kind, width = info >> 28, 1 << (info >> 25 & 3)
            if not 0 <= place <= len(found) - width:
                raise self.file.damaged(f"a relocation for byte {place} of {len(found)}")
            target = self._target(info)
            if self.known and kind == self.known.subtractor:
                minuend = target.value
                continue
            if kind != _UNSIGNED:
                raise self.file.damaged(f"a relocation of type {kind} in {self.wanted}")
            field = slice(place, place + width)
            there = int.from_bytes(found[field], "little")
            # Against a section, the bytes hold the address; against a symbol, the addend.
            value = there + (target.value if info >> 27 & 1 else 0)
            if minuend is None:
                references[place] = self._reference(target, value, bool(info >> 27 & 1), there)
            found[field] = ((value - (minuend or 0)) % (1 << 8 * width)).to_bytes(width, "little")
            minuend = None
        return replace(one.section, data=bytes(found), references=references)

    def _scattered(self, entry: int, address: int, data: bytearray, references: dict[int, Reference]) -> None:
        place, kind, width = entry & 0xFF_FFFF, entry >> 24 & 0xF, 1 << (entry >> 28 & 3)
        if kind in _DIFFERENCES:
            return
        if kind != _VANILLA:
            raise self.file.damaged(f"a scattered relocation of type {kind} in {self.wanted}")
        if place > len(data) - width:
            raise self.file.damaged(f"a relocation for byte {place} of {len(data)}")
        for index, section in enumerate(one.section for one in self.sections):
            if 0 <= address - section.address <= len(section.data):
                there = int.from_bytes(data[place : place + width], "little")
                references[place] = Reference("", index, there - section.address)
                return

    def _target(self, info: int) -> _Name:
        number = info & 0xFF_FFFF
        if info >> 27 & 1:
            if number >= len(self.names):
                raise self.file.damaged(f"a relocation against symbol {number} of {len(self.names)}")
            return self.names[number]
        if not 1 <= number <= len(self.sections):
            raise self.file.damaged(f"a relocation against section {number} of {len(self.sections)}")
        return _Name("", number - 1, self.sections[number - 1].section.address, debugger=False)

    def _reference(self, target: _Name, value: int, external: bool, addend: int) -> Reference:
        if target.section is None or target.section >= len(self.sections):
            return Reference(target.name, None, addend if external else value)
        base = self.sections[target.section].section.address
        return Reference(target.name, target.section, value - base)

    def _symbols(self) -> Iterator[Symbol]:
        for one in self.names:
            if one.debugger or one.section is None or not 0 <= one.section < len(self.sections):
                continue
            # arm64 starts every section with a label of its own.
            if not one.name or one.name.startswith(("ltmp", "L")):
                continue
            home = self.sections[one.section]
            yield Symbol(one.name, one.section, one.value - home.section.address, 0, home.code)

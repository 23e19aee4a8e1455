"""ELF, 32 and 64 bits, both byte orders: sections, symbols, and the relocations of a stack map."""

from __future__ import annotations

import bisect
import io
import itertools
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.stackmaps.objects.bounded import LONGEST_NAME, Budget
from harness.stackmaps.objects.image import Fixup, Image, Reference, Section, Symbol
from harness.targets import registry
from harness.targets.instructions import ByteOrder
from harness.targets.relocations import Action, FixupKind

if TYPE_CHECKING:
    from elftools.construct.lib.container import Container
    from elftools.elf.elffile import ELFFile

_EXECUTABLE = 0x4
_COMPRESSED = 0x800
_UNDEFINED = 0
# Values of st_shndx: from here on they are not sections (SHN_LORESERVE); SHN_XINDEX; never a section.
_RESERVED, _ELSEWHERE, _NO_SECTION = 0xFF00, 0xFFFF, 2**32
_FUNCTION, _SECTION, _FILE, _IFUNC = 2, 3, 4, 10  # types of symbols


@dataclass(frozen=True, slots=True)
class _Name:
    """A symbol, as relocations use it: `section` is an ELF index, `value` as in the file."""

    name: str
    section: int
    value: int
    size: int
    kind: int


@dataclass(frozen=True, slots=True)
class _Relocation:
    """One entry; `addend` is None if it is in the bytes it relocates."""

    place: int
    kind: int
    symbol: int
    addend: int | None


def _place(one: tuple[_Relocation, list[_Name]]) -> int:
    return one[0].place


def read(data: bytes, name: str, wanted: str, calls: bool = False) -> Image:
    """The image of an ELF file; sections called `wanted` are relocated, `calls` asks for those of code.

    Raises UsageError.
    """
    from elftools.elf.elffile import ELFFile

    try:
        return _File(ELFFile(io.BytesIO(data)), data, name, wanted, calls).image()
    except UsageError:
        raise
    except Exception as error:  # pyelftools raises anything when it parses garbage
        kind = type(error).__name__
        raise UsageError(
            f"{name}: a damaged ELF file: {kind}: {error}", "give the file as the linker wrote it"
        ) from error


class _File:
    """One ELF file, while it is read."""

    def __init__(self, elf: ELFFile, data: bytes, name: str, wanted: str, calls: bool) -> None:
        self.elf = elf
        self.data = data
        self.name = name
        self.wanted = {wanted, ".opd"}
        self.order: ByteOrder = "little" if elf.little_endian else "big"
        self.relocatable = elf["e_type"] == "ET_REL"
        self.calls = calls
        self.target = next((one for one in registry.TARGETS if one.elf.machine == elf["e_machine"]), None)
        self.machine = self.target.name if self.target else str(elf["e_machine"])
        self.known = self.target.elf.data if self.target else {}
        self.budget = Budget(name, data)
        self.budget.take(elf.num_sections() * elf["e_shentsize"])
        self.headers = [section.header for section in elf.iter_sections()]
        self.tables: dict[int, list[_Name]] = {}
        self.dynamic: list[tuple[_Relocation, list[_Name]]] | None = None
        self.patches: defaultdict[int, list[Container]] = defaultdict(list)  # by the section they relocate
        for header in self.headers:
            if header["sh_type"] in {"SHT_RELA", "SHT_REL"}:
                self.patches[header["sh_info"]].append(header)

    def image(self) -> Image:
        """Read the whole file."""
        names = [section.name for section in self.elf.iter_sections()]
        sections = tuple(self._section(index, name) for index, name in enumerate(names))
        return Image(
            "ELF",
            self.machine,
            self.order,
            self.elf.elfclass // 8,
            self.relocatable,
            sections,
            tuple(self._symbols()),
        )

    def _refuse(self, why: str) -> UsageError:
        return UsageError(f"{self.name}: {why}", "give the file as the compiler or linker wrote it")

    def _section(self, index: int, name: str) -> Section:
        header = self.headers[index]
        if header["sh_type"] in {"SHT_NOBITS", "SHT_NULL"}:
            return Section(name, header["sh_addr"], b"")
        section = Section(name, header["sh_addr"], self._part(header))
        if name not in self.wanted:
            code = self.calls and header["sh_flags"] & _EXECUTABLE
            return replace(section, fixups=dict(self._fixups(section, index))) if code else section
        if header["sh_flags"] & _COMPRESSED:
            raise self._refuse(f"section {name} is compressed")
        return self._relocated(section, index)

    def _relocated(self, section: Section, index: int) -> Section:
        found = bytearray(section.data)
        references: dict[int, Reference] = {}
        for place, relocation, names in self._relocations(section, index):
            if relocation.symbol >= len(names):
                raise self._refuse(f"a relocation of {section.name} is against symbol {relocation.symbol}")
            self._apply(section.name, found, references, replace(relocation, place=place), names)
        return replace(section, data=bytes(found), references=references)

    def _fixups(self, section: Section, index: int) -> Iterator[tuple[int, Fixup]]:
        silent = self.target.elf.silent if self.target else ()
        for place, entry, names in self._relocations(section, index):
            if entry.kind in silent or entry.symbol >= len(names):
                continue
            kind, more = self._kind(entry.kind)
            there = section.data[place : place + 8] if kind is FixupKind.VALUE else b""
            addend = int.from_bytes(there, self.order) if entry.addend is None else entry.addend
            symbol = names[entry.symbol]
            here = 0 < symbol.section < len(self.headers)
            goal = self._goal(symbol, addend + more) if here else Reference(symbol.name, None, addend + more)
            yield place, Fixup(kind, goal)

    def _kind(self, entry: int) -> tuple[FixupKind, int]:
        """What a relocation of code does. In a linked file, text relocations of whole addresses are left."""
        if self.relocatable:
            calls = self.target.elf.calls if self.target else {}
            return calls.get(entry, (FixupKind.OTHER, 0))
        action, width = self.known.get(entry, (Action.KEEP, 0))
        whole = action in {Action.SET, Action.RELATIVE} and width == 8
        return (FixupKind.VALUE if whole else FixupKind.OTHER), 0

    def _relocations(self, section: Section, index: int) -> Iterator[tuple[int, _Relocation, list[_Name]]]:
        """The relocations of a section: the place in it, the entry, the symbols it may name."""
        if self.relocatable:
            for header in self.patches[index]:
                names = self._table(header["sh_link"])
                for entry in self._entries(header):
                    yield entry.place, entry, names
            return
        # In a linked file, places are addresses, and dynamic relocations are not grouped by section.
        found = self._dynamic()
        start = bisect.bisect_left(found, section.address, key=_place)
        end = bisect.bisect_left(found, section.address + len(section.data), key=_place)
        for entry, names in found[start:end]:
            yield entry.place - section.address, entry, names

    def _dynamic(self) -> list[tuple[_Relocation, list[_Name]]]:
        """Every relocation of a linked file, by its place."""
        if self.dynamic is None:
            self.dynamic = [
                (entry, self._table(header["sh_link"]))
                for header in itertools.chain(*self.patches.values())
                for entry in self._entries(header)
            ]
            self.dynamic.sort(key=_place)
        return self.dynamic

    def _entries(self, header: Container) -> Iterator[_Relocation]:
        sized = header["sh_type"] == "SHT_RELA"
        wide = self.elf.elfclass == 64
        sign = "<" if self.order == "little" else ">"
        form = struct.Struct(sign + (("QQq" if sized else "QQ") if wide else ("IIi" if sized else "II")))
        table = self._part(header)
        for place, info, *addend in form.iter_unpack(table[: len(table) // form.size * form.size]):
            symbol, kind = (info >> 32, info & 0xFFFF_FFFF) if wide else (info >> 8, info & 0xFF)
            yield _Relocation(place, kind, symbol, addend[0] if addend else None)

    def _table(self, index: int) -> list[_Name]:
        """The symbols of a table, by number. A file without one has only symbol 0, the null symbol."""
        if index not in self.tables:
            header = self.headers[index] if 0 < index < len(self.headers) else None
            if header is None or header["sh_type"] not in {"SHT_SYMTAB", "SHT_DYNSYM"}:
                self.tables[index] = [_Name("", _UNDEFINED, 0, 0, 0)]
            else:
                self.tables[index] = list(self._names(index, header))
        return self.tables[index]

    def _names(self, index: int, header: Container) -> Iterator[_Name]:
        if not 0 < header["sh_link"] < len(self.headers):
            raise self._refuse("a table of symbols has no names")
        strings = self._part(self.headers[header["sh_link"]])
        table = self._part(header)
        wide = self.elf.elfclass == 64
        form = struct.Struct(("<" if self.order == "little" else ">") + ("IBBHQQ" if wide else "IIIBBH"))
        more = self._more_sections(index)
        for number, fields in enumerate(form.iter_unpack(table[: len(table) // form.size * form.size])):
            if wide:
                name, info, _, section, value, size = fields
            else:
                name, value, size, info, _, section = fields
            if section >= _RESERVED:
                # A number that does not fit is in SHT_SYMTAB_SHNDX; other values are not sections.
                there = section == _ELSEWHERE and number < len(more)
                section = more[number] if there else _NO_SECTION
            end = strings.find(b"\0", name, name + LONGEST_NAME)
            text = strings[name : end if end >= 0 else name + LONGEST_NAME].decode("utf-8", "replace")
            yield _Name(text, section, value, size, info & 0xF)

    def _more_sections(self, index: int) -> Sequence[int]:
        """The sections of a table's symbols where their numbers need 32 bits."""
        for header in self.headers:
            if header["sh_type"] == "SHT_SYMTAB_SHNDX" and header["sh_link"] == index:
                words = self._part(header)
                sign = "<" if self.order == "little" else ">"
                return struct.unpack(f"{sign}{len(words) // 4}I", words[: len(words) // 4 * 4])
        return ()

    def _part(self, header: Container) -> bytes:
        start, size = header["sh_offset"], header["sh_size"]
        self.budget.take(size)
        if start + size > len(self.data):
            raise self._refuse(f"a section ends at byte {start + size} of {len(self.data)}")
        return self.data[start : start + size]

    def _apply(
        self,
        section: str,
        data: bytearray,
        references: dict[int, Reference],
        entry: _Relocation,
        names: list[_Name],
    ) -> None:
        if entry.kind not in self.known:
            raise self._refuse(
                f"section {section} has a relocation of type {entry.kind}, unknown for {self.machine}"
            )
        action, width = self.known[entry.kind]
        if action is Action.KEEP:
            return
        if not 0 <= entry.place <= len(data) - width:
            raise self._refuse(f"a relocation of {section} is for byte {entry.place} of {len(data)}")
        field = slice(entry.place, entry.place + width)
        there = int.from_bytes(data[field], self.order)
        symbol = names[entry.symbol]
        addend = there if entry.addend is None else entry.addend
        value = addend + (0 if action is Action.RELATIVE else symbol.value)
        if action is Action.ADD:
            value += there
        elif action is Action.SUB:
            value = there - value
        elif action is Action.SET:
            references[entry.place] = self._goal(symbol, addend)
        data[field] = (value % (1 << 8 * width)).to_bytes(width, self.order)

    def _goal(self, symbol: _Name, addend: int) -> Reference:
        """The place `addend` bytes after a symbol."""
        place = symbol.value + addend
        if 0 < symbol.section < len(self.headers):
            start = 0 if self.relocatable else self.headers[symbol.section]["sh_addr"]
            return Reference(symbol.name, symbol.section, place - start)
        undefined = symbol.section == _UNDEFINED
        return Reference(symbol.name, None, addend if undefined else place)

    def _symbols(self) -> Iterator[Symbol]:
        for index, header in enumerate(self.headers):
            if header["sh_type"] not in {"SHT_SYMTAB", "SHT_DYNSYM"}:
                continue
            for one in self._table(index):
                if not 0 < one.section < len(self.headers) or one.kind in {_SECTION, _FILE}:
                    continue
                if not one.name or one.name.startswith(("$", ".L")):
                    continue  # mapping symbols, and labels inside functions
                start = 0 if self.relocatable else self.headers[one.section]["sh_addr"]
                yield Symbol(
                    one.name, one.section, one.value - start, one.size, one.kind in {_FUNCTION, _IFUNC}
                )

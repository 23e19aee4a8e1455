"""ELF, 32 and 64 bits, both byte orders: sections, symbols, and the relocations of a stack map."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.oracle.bounded import LONGEST_NAME, Budget
from harness.oracle.image import Image, Reference, Section, Symbol
from harness.oracle.stackmap import ByteOrder

if TYPE_CHECKING:
    from elftools.construct.lib.container import Container
    from elftools.elf.elffile import ELFFile

_MACHINES = {
    "EM_X86_64": "x86-64",
    "EM_AARCH64": "aarch64",
    "EM_PPC64": "ppc64",
    "EM_S390": "s390x",
    "EM_RISCV": "riscv",
    "EM_LOONGARCH": "loongarch",
}
# What a relocation does to the bytes at its place. Numbers: llvm/include/llvm/BinaryFormat/ELFRelocs.
_SET, _ADD, _SUB, _RELATIVE, _KEEP = "set", "add", "sub", "relative", "keep"
_RELOCATIONS: Mapping[str, Mapping[int, tuple[str, int]]] = {
    "x86-64": {1: (_SET, 8), 10: (_SET, 4), 8: (_RELATIVE, 8)},
    "aarch64": {257: (_SET, 8), 258: (_SET, 4), 1027: (_RELATIVE, 8)},
    # 51 is R_PPC64_TOC: in a function's descriptor, for what it finds at run time.
    "ppc64": {38: (_SET, 8), 1: (_SET, 4), 22: (_RELATIVE, 8), 51: (_KEEP, 8)},
    "s390x": {22: (_SET, 8), 4: (_SET, 4), 12: (_RELATIVE, 8)},
    "riscv": {2: (_SET, 8), 1: (_SET, 4), 3: (_RELATIVE, 8)}
    | {35: (_ADD, 4), 36: (_ADD, 8), 39: (_SUB, 4), 40: (_SUB, 8)},
    "loongarch": {2: (_SET, 8), 1: (_SET, 4), 3: (_RELATIVE, 8)}
    | {50: (_ADD, 4), 51: (_ADD, 8), 55: (_SUB, 4), 56: (_SUB, 8)},
}
_COMPRESSED = 0x800
_UNDEFINED = 0
_FUNCTION, _SECTION, _FILE, _IFUNC = 2, 3, 4, 10  # types of symbols


@dataclass(frozen=True, slots=True)
class _Name:
    """A symbol as a relocation needs it: `section` is an ELF index, `value` as in the file."""

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


def read(data: bytes, name: str, wanted: str) -> Image:
    """The image of an ELF file; sections called `wanted` are relocated. Raises UsageError."""
    from elftools.elf.elffile import ELFFile

    try:
        return _File(ELFFile(io.BytesIO(data)), data, name, wanted).image()
    except UsageError:
        raise
    except Exception as error:  # pyelftools raises whatever its parsing of garbage comes to
        kind = type(error).__name__
        raise UsageError(
            f"{name}: a damaged ELF file: {kind}: {error}", "give the file as the linker wrote it"
        ) from error


class _File:
    """One ELF file, while it is read."""

    def __init__(self, elf: ELFFile, data: bytes, name: str, wanted: str) -> None:
        self.elf = elf
        self.data = data
        self.name = name
        self.wanted = {wanted, ".opd"}
        self.order: ByteOrder = "little" if elf.little_endian else "big"
        self.relocatable = elf["e_type"] == "ET_REL"
        self.machine = _MACHINES.get(elf["e_machine"], str(elf["e_machine"]))
        self.budget = Budget(name, data)
        self.budget.take(elf.num_sections() * elf["e_shentsize"])
        self.headers = [section.header for section in elf.iter_sections()]
        self.tables: dict[int, list[_Name]] = {}

    def image(self) -> Image:
        """All of it."""
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
            return section
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

    def _relocations(self, section: Section, index: int) -> Iterator[tuple[int, _Relocation, list[_Name]]]:
        """The relocations of a section: the place in it, the entry, the symbols it may name."""
        for header in self.headers:
            if header["sh_type"] not in {"SHT_RELA", "SHT_REL"}:
                continue
            if self.relocatable and header["sh_info"] != index:
                continue
            # In a linked file places are addresses, and the dynamic relocations are of all sections.
            base = 0 if self.relocatable else section.address
            names = self._table(header["sh_link"])
            for entry in self._entries(header):
                if self.relocatable or 0 <= entry.place - base < len(section.data):
                    yield entry.place - base, entry, names

    def _entries(self, header: Container) -> Iterator[_Relocation]:
        from elftools.elf.relocation import RelocationSection

        self.budget.take(header["sh_size"])
        for entry in RelocationSection(header, "", self.elf).iter_relocations():
            addend = entry["r_addend"] if entry.is_RELA() else None
            yield _Relocation(entry["r_offset"], entry["r_info_type"], entry["r_info_sym"], addend)

    def _table(self, index: int) -> list[_Name]:
        """The symbols of a table, by number. A file without one has only symbol 0, which is none."""
        if index not in self.tables:
            header = self.headers[index] if 0 < index < len(self.headers) else None
            if header is None or header["sh_type"] not in {"SHT_SYMTAB", "SHT_DYNSYM"}:
                self.tables[index] = [_Name("", _UNDEFINED, 0, 0, 0)]
            else:
                self.tables[index] = list(self._names(header))
        return self.tables[index]

    def _names(self, header: Container) -> Iterator[_Name]:
        if not 0 < header["sh_link"] < len(self.headers):
            raise self._refuse("a table of symbols has no names")
        strings = self._part(self.headers[header["sh_link"]])
        table = self._part(header)
        wide = self.elf.elfclass == 64
        form = struct.Struct(("<" if self.order == "little" else ">") + ("IBBHQQ" if wide else "IIIBBH"))
        for fields in form.iter_unpack(table[: len(table) // form.size * form.size]):
            if wide:
                name, info, _, section, value, size = fields
            else:
                name, value, size, info, _, section = fields
            end = strings.find(b"\0", name, name + LONGEST_NAME)
            text = strings[name : end if end >= 0 else name + LONGEST_NAME].decode("utf-8", "replace")
            yield _Name(text, section, value, size, info & 0xF)

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
        known = _RELOCATIONS.get(self.machine, {})
        if entry.kind not in known:
            raise self._refuse(
                f"section {section} has a relocation of type {entry.kind}, unknown for {self.machine}"
            )
        action, width = known[entry.kind]
        if action == _KEEP:
            return
        if not 0 <= entry.place <= len(data) - width:
            raise self._refuse(f"a relocation of {section} is for byte {entry.place} of {len(data)}")
        field = slice(entry.place, entry.place + width)
        there = int.from_bytes(data[field], self.order)
        symbol = names[entry.symbol]
        addend = there if entry.addend is None else entry.addend
        value = addend + (0 if action == _RELATIVE else symbol.value)
        if action == _ADD:
            value += there
        elif action == _SUB:
            value = there - value
        elif action == _SET:
            place = symbol.value + addend
            if 0 < symbol.section < len(self.headers):
                start = 0 if self.relocatable else self.headers[symbol.section]["sh_addr"]
                references[entry.place] = Reference(symbol.name, symbol.section, place - start)
            else:
                undefined = symbol.section == _UNDEFINED
                references[entry.place] = Reference(symbol.name, None, addend if undefined else place)
        data[field] = (value % (1 << 8 * width)).to_bytes(width, self.order)

    def _symbols(self) -> Iterator[Symbol]:
        for index, header in enumerate(self.headers):
            if header["sh_type"] not in {"SHT_SYMTAB", "SHT_DYNSYM"}:
                continue
            for one in self._table(index):
                if not 0 < one.section < len(self.headers) or one.kind in {_SECTION, _FILE}:
                    continue
                if not one.name or one.name.startswith(("$", ".L")):
                    continue  # mapping symbols, and labels inside of functions
                start = 0 if self.relocatable else self.headers[one.section]["sh_addr"]
                yield Symbol(
                    one.name, one.section, one.value - start, one.size, one.kind in {_FUNCTION, _IFUNC}
                )

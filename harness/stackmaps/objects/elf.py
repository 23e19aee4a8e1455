"""ELF, 32 and 64 bits, both byte orders: sections, symbols, and the relocations of a stack map."""

from __future__ import annotations

import bisect
import io
import itertools
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.stackmaps.format import ByteOrder
from harness.stackmaps.objects.bounded import LONGEST_NAME, Budget
from harness.stackmaps.objects.image import Fixup, Form, Image, Reference, Section, Symbol

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
# What the relocations of calls lead to, and what is to be added to make it the callee: they count from
# another byte than the instruction's first or next one. The others hide what an instruction does; those of
# _SILENT say something to the linker alone.
_CALLS: Mapping[str, Mapping[int, tuple[Form, int]]] = {
    # PC32, PLT32; 64; GOTPCREL, GOTPCRELX, REX_GOTPCRELX
    "x86-64": {2: (Form.CALL, 4), 4: (Form.CALL, 4), 1: (Form.VALUE, 0)}
    | dict.fromkeys((9, 41, 42), (Form.SLOT, 4)),
    # CALL26, ADD_ABS_LO12_NC, LD64_GOT_LO12_NC
    "aarch64": {283: (Form.CALL, 0), 277: (Form.VALUE, 0), 312: (Form.SLOT, 0)},
    "ppc64": {10: (Form.CALL, 0), 116: (Form.CALL, 0)},  # REL24, REL24_NOTOC
    "s390x": {19: (Form.CALL, -2), 20: (Form.CALL, -2)},  # PC32DBL, PLT32DBL
    "riscv": {17: (Form.CALL, 0), 18: (Form.CALL, 0), 19: (Form.CALL, 0)},  # JAL, CALL, CALL_PLT
}
_SILENT: Mapping[str, frozenset[int]] = {"riscv": frozenset({0, 43, 51})}  # NONE, ALIGN, RELAX
_EXECUTABLE = 0x4
_COMPRESSED = 0x800
_UNDEFINED = 0
# Of st_shndx: from here on there are no sections (SHN_LORESERVE); SHN_XINDEX; what is none in any file.
_RESERVED, _ELSEWHERE, _NO_SECTION = 0xFF00, 0xFFFF, 2**32
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
    except Exception as error:  # pyelftools raises whatever its parsing of garbage comes to
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
        self.machine = _MACHINES.get(elf["e_machine"], str(elf["e_machine"]))
        self.budget = Budget(name, data)
        self.budget.take(elf.num_sections() * elf["e_shentsize"])
        self.headers = [section.header for section in elf.iter_sections()]
        self.tables: dict[int, list[_Name]] = {}
        self.dynamic: list[tuple[_Relocation, list[_Name]]] | None = None
        self.patches: defaultdict[int, list[Container]] = defaultdict(list)  # by the section they are for
        for header in self.headers:
            if header["sh_type"] in {"SHT_RELA", "SHT_REL"}:
                self.patches[header["sh_info"]].append(header)

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
        silent = _SILENT.get(self.machine, frozenset())
        for place, entry, names in self._relocations(section, index):
            if entry.kind in silent or entry.symbol >= len(names):
                continue
            form, more = self._form(entry.kind)
            there = section.data[place : place + 8] if form is Form.VALUE else b""
            addend = int.from_bytes(there, self.order) if entry.addend is None else entry.addend
            symbol = names[entry.symbol]
            here = 0 < symbol.section < len(self.headers)
            goal = self._goal(symbol, addend + more) if here else Reference(symbol.name, None, addend + more)
            yield place, Fixup(form, goal)

    def _form(self, kind: int) -> tuple[Form, int]:
        """What a relocation of code does. In a linked file one is left where text has whole addresses."""
        if self.relocatable:
            return _CALLS.get(self.machine, {}).get(kind, (Form.OTHER, 0))
        action, width = _RELOCATIONS.get(self.machine, {}).get(kind, ("", 0))
        return (Form.VALUE if action in {_SET, _RELATIVE} and width == 8 else Form.OTHER), 0

    def _relocations(self, section: Section, index: int) -> Iterator[tuple[int, _Relocation, list[_Name]]]:
        """The relocations of a section: the place in it, the entry, the symbols it may name."""
        if self.relocatable:
            for header in self.patches[index]:
                names = self._table(header["sh_link"])
                for entry in self._entries(header):
                    yield entry.place, entry, names
            return
        # In a linked file places are addresses, and the dynamic relocations are of all sections.
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
        """The symbols of a table, by number. A file without one has only symbol 0, which is none."""
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
                # A number that does not fit is in a table beside this one; the others are no sections.
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
            references[entry.place] = self._goal(symbol, addend)
        data[field] = (value % (1 << 8 * width)).to_bytes(width, self.order)

    def _goal(self, symbol: _Name, addend: int) -> Reference:
        """So many bytes behind a symbol."""
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
                    continue  # mapping symbols, and labels inside of functions
                start = 0 if self.relocatable else self.headers[one.section]["sh_addr"]
                yield Symbol(
                    one.name, one.section, one.value - start, one.size, one.kind in {_FUNCTION, _IFUNC}
                )

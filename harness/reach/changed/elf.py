"""What is in an x86-64 ELF object: sections, symbols and relocations, as the file has them.

`struct` reads a table at once; pyelftools makes an object of each entry and takes nine times as long: 0.37 s
of processor time instead of 0.04 s for the 60,000 entries of LLVM's X86ISelLowering.cpp.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from harness.errors import UsageError

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QIIq")
_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_RELOCATABLE, _X86_64 = 1, 62
_UNDEFINED, _RESERVED, _EXTENDED = 0, 0xFF00, 0xFFFF  # st_shndx: SHN_UNDEF, SHN_LORESERVE, SHN_XINDEX


class SectionType(IntEnum):
    """Types of sections, those that are read (ELF's SHT_*)."""

    SYMTAB = 2
    RELA = 4
    NOTE = 7
    NOBITS = 8
    REL = 9
    INIT_ARRAY = 14
    FINI_ARRAY = 15
    PREINIT_ARRAY = 16
    SYMTAB_SHNDX = 18


class SectionFlag:
    """Flags of sections (ELF's SHF_*). Each relocation asks for some: `&` of an IntFlag takes much longer."""

    WRITE: Final = 0x1
    ALLOC: Final = 0x2
    CODE: Final = 0x4
    MERGE: Final = 0x10
    STRINGS: Final = 0x20
    GROUP: Final = 0x200
    TLS: Final = 0x400
    COMPRESSED: Final = 0x800
    EXCLUDE: Final = 0x80000000


class SymbolType(IntEnum):
    """Types of symbols, those that are told apart (ELF's STT_*)."""

    SECTION = 3
    FILE = 4


class ObjectError(UsageError):
    """An object cannot be read: it is damaged, or of another machine."""


@dataclass(frozen=True, slots=True)
class ElfSection:
    """A section's header; `content` is empty if the file has none of it (.bss)."""

    name: str
    kind: int
    flags: int
    size: int
    link: int
    info: int
    unit_size: int
    content: bytes


@dataclass(frozen=True, slots=True)
class ElfSymbol:
    """A symbol. `section` is its section's index, or -1 if it is undefined, absolute or common."""

    name: str
    kind: int
    is_local: bool
    is_weak: bool
    section: int
    value: int
    size: int


@dataclass(frozen=True, slots=True)
class ElfObject:
    """An object. `relocations` are by the index of the section they are for: offset, symbol, type, addend."""

    sections: tuple[ElfSection, ...]
    symbols: tuple[ElfSymbol, ...]
    relocations: dict[int, list[tuple[int, int, int, int]]] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """The source's name without its folder, as symbols of type FILE tell."""
        return next((one.name for one in self.symbols if one.kind == SymbolType.FILE), "")


def read_elf(data: bytes, name: str) -> ElfObject:
    """The object in `data`. Raises ObjectError, which calls it `name`."""
    try:
        return _read(data, name)
    except (struct.error, IndexError, ValueError):
        raise _damaged(name) from None


def _read(data: bytes, name: str) -> ElfObject:
    ident, kind, machine, _, _, _, start, *_, count, names = _HEADER.unpack_from(data)
    if not ident.startswith(_MAGIC) or kind != _RELOCATABLE or machine != _X86_64:
        raise ObjectError(f"{name}: not an x86-64 ELF object", "compile for x86-64 Linux")
    # With 65,280 sections or more, the first one has their number and which of them has the names.
    first = _SECTION.unpack_from(data, start)
    count, names = count or first[5], first[6] if names == _EXTENDED else names
    headers = list(_SECTION.iter_unpack(_slice(data, start, count * _SECTION.size)))
    names_of = _slice(data, headers[names][4], headers[names][5])
    sections = tuple(_section(data, row, names_of) for row in headers)
    if any(one.flags & SectionFlag.COMPRESSED and one.flags & SectionFlag.ALLOC for one in sections):
        raise ObjectError(f"{name}: its sections are compressed", "compile without compressed sections")
    return ElfObject(sections, _symbols(sections), _relocations(sections, name))


def _slice(data: bytes, start: int, size: int) -> bytes:
    if start + size > len(data):
        raise ValueError("beyond the end of the file")
    return data[start : start + size]


def _section(data: bytes, row: tuple[int, ...], names: bytes) -> ElfSection:
    name, kind, flags, _, start, size, link, info, _, unit_size = row
    content = b"" if kind == SectionType.NOBITS else _slice(data, start, size)
    return ElfSection(_text(names, name), kind, flags, size, link, info, unit_size, content)


def _text(table: bytes, start: int) -> str:
    return table[start : table.index(b"\0", start)].decode("utf-8", "surrogateescape")


def _symbols(sections: tuple[ElfSection, ...]) -> tuple[ElfSymbol, ...]:
    table = next((one for one in sections if one.kind == SectionType.SYMTAB), None)
    if table is None:
        return ()
    names = sections[table.link].content
    further = next((one.content for one in sections if one.kind == SectionType.SYMTAB_SHNDX), b"")
    found = []
    for number, row in enumerate(_SYMBOL.iter_unpack(table.content)):
        name, info, _, section, value, size = row
        if section == _EXTENDED:
            section = struct.unpack_from("<I", further, 4 * number)[0]
        elif section == _UNDEFINED or section >= _RESERVED:
            section = -1
        if section >= len(sections):
            raise ValueError("a symbol of no section")
        kind = info & 0xF
        text = sections[section].name if kind == SymbolType.SECTION else _text(names, name)
        found.append(ElfSymbol(text, kind, info < 0x10, info >> 4 == 2, section, value, size))
    return tuple(found)


def _relocations(sections: tuple[ElfSection, ...], name: str) -> dict[int, list[tuple[int, int, int, int]]]:
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    for one in sections:
        if one.kind == SectionType.REL:
            raise ObjectError(f"{name}: {one.name}: relocations without addends", "compile for x86-64 Linux")
        if one.kind == SectionType.RELA:
            rows = _RELOCATION.iter_unpack(one.content)
            entries = [(offset, symbol, kind, addend) for offset, kind, symbol, addend in rows]
            entries.sort(key=lambda entry: entry[0])
            found[one.info] = entries
    return found


def _damaged(name: str) -> ObjectError:
    return ObjectError(f"{name}: damaged: not a whole ELF object", "delete it; it is compiled again")

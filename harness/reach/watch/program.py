"""A linked program as far as watching it goes: its segments, its code and the symbols of its functions."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.reach.watch.values import Unwatchable

PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4
PAGE = 4096
_STT_NOTYPE, _STT_FUNC, _STT_FILE, _STT_IFUNC = 0, 2, 4, 10
_STB_LOCAL, _STV_DEFAULT = 0, 0
_SYMBOL = struct.Struct("<IBBHQQ")
_SHF_EXECINSTR = 4
_DF_TEXTREL, _X86_SHADOW_STACK = 4, 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A program header of ELF64."""

    kind: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    align: int

    @property
    def end(self) -> int:
        """The address behind its last byte."""
        return self.address + self.memory_size


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A symbol in a program's code. `function`: it is one's name; `unit` is empty if it is not local.

    That it is local is what the program says: mold says so of global functions too.
    """

    address: int
    size: int
    name: str
    unit: str
    local: bool
    function: bool


@dataclass(frozen=True, slots=True)
class LinkedProgram:
    """An x86-64 program: `code` is its one segment that is executed, `text` the bytes of that in the file."""

    segments: tuple[Segment, ...]
    code: Segment
    text: bytes
    labels: tuple[Label, ...]


def read_program(path: Path) -> LinkedProgram | Unwatchable:
    """What is to be known of a tool to watch it, or why it cannot be watched."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as file:
        try:
            return _read(ELFFile(file))
        except (ELFError, struct.error, ValueError, IndexError) as error:
            return Unwatchable(f"{path.name} is not an ELF file that can be read: {error or 'it is cut off'}")


def _read(elf: Any) -> LinkedProgram | Unwatchable:
    if (elf["e_machine"], elf.elfclass, elf.little_endian) != ("EM_X86_64", 64, True):
        return Unwatchable(f"it is for {elf.get_machine_arch()}, and only x86-64 is watched")
    if elf["e_type"] not in {"ET_EXEC", "ET_DYN"} or not elf.num_segments():
        return Unwatchable("it is not a linked program")
    segments = tuple(_segments(elf))
    codes = [one for one in segments if one.kind == PT_LOAD and one.flags & PF_X]
    if len(codes) != 1 or codes[0].flags & PF_W:
        return Unwatchable(f"it has {len(codes)} segments of code, and one that is read-only is needed")
    code = codes[0]
    if (table := elf.get_section_by_name(".symtab")) is None:
        return Unwatchable("it has no symbol table (.symtab): it was stripped")
    if why := _obstacle(elf):
        return Unwatchable(why)
    elf.stream.seek(code.offset)
    text = elf.stream.read(code.file_size)
    executable = {i for i, one in enumerate(elf.iter_sections()) if one["sh_flags"] & _SHF_EXECINSTR}
    strings = elf.get_section(table["sh_link"]).data()
    labels = tuple(sorted(_labels(table.data(), strings, executable)))
    return LinkedProgram(segments, code, text, labels)


def _segments(elf: Any) -> Iterator[Segment]:
    elf.stream.seek(elf["e_phoff"])
    for _ in range(elf["e_phnum"]):
        kind, flags, offset, address, _, file_size, memory_size, align = struct.unpack(
            "<IIQQQQQQ", elf.stream.read(elf["e_phentsize"])[:56]
        )
        yield Segment(kind, flags, offset, address, file_size, memory_size, align)


def _obstacle(elf: Any) -> str:
    """What else of a program keeps its functions from being begun by a call; empty if nothing does."""
    dynamic = next((one for one in elf.iter_segments() if one["p_type"] == "PT_DYNAMIC"), None)
    for tag in dynamic.iter_tags() if dynamic else ():
        flags = tag.entry.d_val if tag.entry.d_tag == "DT_FLAGS" else 0
        if tag.entry.d_tag == "DT_TEXTREL" or flags & _DF_TEXTREL:
            return "the loader changes its code (DT_TEXTREL)"
    if any(value & _X86_SHADOW_STACK for value in _features(elf)):
        return "it is built for shadow stacks (-fcf-protection)"
    return ""


def _features(elf: Any) -> Iterator[int]:
    """What a program's note says that the processor may be asked for."""
    section = elf.get_section_by_name(".note.gnu.property")
    for note in section.iter_notes() if section else ():
        for one in note["n_desc"]:
            if one["pr_type"] == "GNU_PROPERTY_X86_FEATURE_1_AND":
                yield one["pr_data"]


def _labels(table: bytes, strings: bytes, executable: set[int]) -> Iterator[Label]:
    unit = ""
    for name_at, info, other, section, address, size in _SYMBOL.iter_unpack(table):
        # Linkers make what is hidden local; a function of one source is not hidden.
        kind, local = info & 15, info >> 4 == _STB_LOCAL and other & 3 == _STV_DEFAULT
        if kind == _STT_FILE:
            unit = _text(strings, name_at)
        elif section in executable and kind in {_STT_NOTYPE, _STT_FUNC, _STT_IFUNC}:
            function = kind != _STT_NOTYPE
            yield Label(address, size, _text(strings, name_at), unit if local else "", local, function)


def _text(strings: bytes, at: int) -> str:
    return strings[at : strings.index(b"\0", at)].decode("utf-8", "backslashreplace")

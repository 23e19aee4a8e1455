"""Symbols with 32-bit section numbers: LLVM's objects with 65,280 sections or more."""

from __future__ import annotations

import struct

import pytest

from harness.stackmaps.format import StackMap
from harness.stackmaps.load import from_bytes
from tests.stackmaps.encode import encode
from tests.stackmaps.objects.test_bounds import elf_header, elf_section
from tests.stackmaps.test_format import SMALL

ABSOLUTE, ELSEWHERE = 0xFFF1, 0xFFFF
NAMES = b"\0.llvm_stackmaps\0f\0"


def elf(
    section: int, number: int, one: StackMap = SMALL, code: bytes = b"\x90\xc3" * 4, machine: int = 62
) -> bytes:
    """A map of one function `f`, whose symbol has a section, and a number in SHT_SYMTAB_SHNDX."""
    stackmap = encode(one, "little")
    relocation = struct.pack("<QQq", 16, 1 << 32 | 1, 0)
    symbols = bytes(24) + struct.pack("<IBBHQQ", 17, 0x12, 0, section, 0, len(code))
    numbers = struct.pack("<II", 0, number)
    at, headers, body = 64 + 7 * 64, [elf_section(0, 0, 0)], b""
    # Kind, flags, what it is linked with, the size of an entry, the section it is about, its name, the data.
    for kind, flags, link, entry, about, name, data in (
        (1, 4, 0, 0, 0, 0, code),
        (1, 0, 0, 0, 0, 1, stackmap),
        (4, 0, 4, 24, 2, 0, relocation),
        (2, 0, 5, 24, 0, 0, symbols),
        (3, 0, 0, 0, 0, 0, NAMES),
        (18, 0, 4, 4, 0, 0, numbers),
    ):
        fields = (name, kind, flags, 0, at + len(body), len(data), link, about, 1, entry)
        headers.append(struct.pack("<IIQQQQIIQQ", *fields))
        body += data
    return elf_header(7, 64, 5, machine) + b"".join(headers) + body


@pytest.mark.parametrize(
    ("section", "number", "found"), [(1, 0, 1), (ELSEWHERE, 1, 1), (ABSOLUTE, 1, None), (ELSEWHERE, 99, None)]
)
def test_the_section_of_a_symbol(section: int, number: int, found: int | None) -> None:
    (function,) = from_bytes(elf(section, number), "f.o", calls=True).functions()
    assert (function.name, function.section) == ("f", found)

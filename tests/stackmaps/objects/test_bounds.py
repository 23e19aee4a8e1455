"""Files made to be expensive to read are refused at once: huge counts, tables that repeat the whole file."""

from __future__ import annotations

import struct
import time

import pytest

from harness.errors import UsageError
from harness.stackmaps.load import from_bytes

TOGETHER = "f.o: its parts together are longer than the file"


def refused(data: bytes) -> str:
    """The error, which has to come in less than two seconds."""
    start = time.process_time()
    with pytest.raises(UsageError) as caught:
        from_bytes(data, "f.o", calls=True)
    assert time.process_time() - start < 2
    return caught.value.what


def elf_header(sections: int, entry: int, names: int = 0, machine: int = 62) -> bytes:
    ident = b"\x7fELF\2\1\1" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 1, machine, 1, 0, 0, 64, 0, 64, 0, 0, entry, sections, names)


def elf_section(kind: int, offset: int, size: int, link: int = 0, entry: int = 0) -> bytes:
    return struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, offset, size, link, 0, 1, entry)


def test_elf_sections_without_end() -> None:
    """With no count in the header, the first section's size is the count."""
    data = elf_header(0, 64) + elf_section(0, 0, 2**63)
    assert refused(data) == TOGETHER


def test_elf_sections_that_all_are_the_whole_file() -> None:
    count = 10_000
    size = 64 + 64 * count
    data = elf_header(count, 64) + elf_section(1, 0, size) * count
    assert refused(data) == TOGETHER


def test_elf_symbols_that_share_one_long_name() -> None:
    """The file is read in bounded time; it has no stack map."""
    symbols, names = 60_000, 4_000_000
    start = 64 + 3 * 64
    strings = elf_section(3, start, names)
    sections = strings + elf_section(2, start + names, symbols * 24, 2, 24) + strings
    symbol = struct.pack("<IBBHQQ", 1, 0x12, 0, 1, 0, 0)
    data = elf_header(3, 64) + sections + b"a" * names + symbol * symbols
    assert refused(data) == "f.o: no section .llvm_stackmaps"


def test_mach_o_sections_that_all_are_the_whole_file() -> None:
    count = 10_000
    command = struct.pack("<II16sQQQQIIII", 0x19, 72 + 80 * count, b"", 0, 0, 0, 0, 0, 0, count, 0)
    size = 32 + 72 + 80 * count
    section = struct.pack("<16s16sQQIIIIIIII", b"__text", b"", 0, size, 0, 0, 0, 0, 0, 0, 0, 0)
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x01000007, 3, 1, 1, len(command) + 80 * count, 0, 0)
    assert refused(header + command + section * count) == TOGETHER


def test_coff_sections_that_all_are_the_whole_file() -> None:
    count = 10_000
    size = 20 + 40 * count
    section = struct.pack("<8sIIIIIIHHI", b".text", 0, 0, size, 0, 0, 0, 0, 0, 0x20)
    header = struct.pack("<HHIIIHH", 0x8664, count, 0, 0, 0, 0, 0)
    assert refused(header + section * count) == TOGETHER


def test_coff_relocations_without_end() -> None:
    sections = b"".join(
        struct.pack("<8sIIIIIIHHI", b"/4", 0, 0, 8, 0, 20, 0, 0xFFFF, 0, 0x01000020) for _ in range(2)
    )
    header = struct.pack("<HHIIIHH", 0x8664, 2, 0, 100, 0, 0, 0)
    strings = b"\xff\xff\xff\xff.llvm_stackmaps\0"
    assert refused(header + sections + strings).startswith("f.o: ")

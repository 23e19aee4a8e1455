"""Encodes stack maps as LLVM's StackMaps.cpp does: the inverse of the parser."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.stackmaps.format import Location, Record, StackMap
from harness.targets.instructions import ByteOrder


def encode(one: StackMap, order: ByteOrder) -> bytes:
    """The bytes LLVM writes for a map; its positions and reserved fields are not used."""
    sign = "<" if order == "little" else ">"
    return b"".join(_parts(one, sign))


def _parts(one: StackMap, sign: str) -> Iterator[bytes]:
    yield struct.pack(f"{sign}BBH", one.version, 0, 0)
    yield struct.pack(f"{sign}III", len(one.functions), len(one.constants), len(one.records))
    for function in one.functions:
        yield struct.pack(f"{sign}QQ", function.address, function.stack_size)
        if one.version > 1:
            yield struct.pack(f"{sign}Q", function.record_count)
    for constant in one.constants:
        yield struct.pack(f"{sign}q", constant)
    for record in one.records:
        yield _record(record, one.version, sign)


def _record(record: Record, version: int, sign: str) -> bytes:
    found = struct.pack(f"{sign}QIHH", record.id, record.offset, 0, len(record.locations))
    found += b"".join(_location(location, version, sign) for location in record.locations)
    found += b"\0" * (-len(found) % 8)
    found += struct.pack(f"{sign}HH", 0, len(record.live_outs))
    for live in record.live_outs:
        found += struct.pack(f"{sign}HBB", live.dwarf_register, 0, live.size)
    return found + b"\0" * (-len(found) % 8)


def _location(one: Location, version: int, sign: str) -> bytes:
    if version < 3:
        return struct.pack(f"{sign}BBHi", one.kind.value, one.size, one.dwarf_register, one.offset)
    return struct.pack(f"{sign}BBHHHi", one.kind.value, 0, one.size, one.dwarf_register, 0, one.offset)

"""The bytes of a watched copy: calls in place of functions' beginnings, and the stub in a segment of its own.

Pure. The layouts are those of `stub.c`. The copy's segment of the stub takes the place of a program header
that no program needs (PT_NOTE: the build's identity), as there is no room for one more.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.reach.watch.program import PAGE, PF_R, PF_X, PT_LOAD, PT_NOTE, LinkedProgram, Segment
from harness.reach.watch.values import CALL_SIZE, LinkedFunction, Unwatchable

_TABLE = struct.Struct("<QQQQQII32s")
_FUNCTION = struct.Struct("<I5s3x")
_HEADER = struct.Struct("<IIQQQQQQ")
_E_PHOFF = 32
_CALL = 0xE8
RECORD_HEADER = 64


@dataclass(frozen=True, slots=True)
class Stub:
    """The compiled stub: whole pages from address 0, and where in them a watched function calls it."""

    code: bytes
    enter: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes to write at an offset of a copy of the tool's file."""

    offset: int
    data: bytes


def record_size(functions: int) -> int:
    """The bytes of a record of so many functions: a header, and a bit for each."""
    return RECORD_HEADER + (functions + 7) // 8


def edit(
    program: LinkedProgram, functions: Sequence[LinkedFunction], stub: Stub, record: str, size: int
) -> tuple[Edit, ...] | Unwatchable:
    """What to change in a copy of a tool of `size` bytes, so that these functions are watched."""
    code = program.code
    spare = next((one for one in program.segments if one.kind == PT_NOTE), None)
    if spare is None:
        return Unwatchable("it has no program header to spare (PT_NOTE)")
    loads = [one for one in program.segments if one.kind == PT_LOAD]
    address = _up(max(one.end for one in loads))
    table = _table(program, functions, address + stub.enter, record)
    data = stub.code + table
    if address + len(data) - code.address >= 1 << 31:
        return Unwatchable("its code is more than 2 GiB from where the stub can be")
    ours = Segment(PT_LOAD, PF_R | PF_X, _up(size), address, len(data), len(data), PAGE)
    return (
        Edit(code.offset, _with_calls(program, functions, address + stub.enter)),
        Edit(-1, _headers(program.segments, spare, ours)),
        Edit(ours.offset, data),
    )


def place_headers(one: Edit, header: bytes) -> Edit:
    """The edit of the program headers, once the file's own header says where these are."""
    return replace(one, offset=struct.unpack_from("<Q", header, _E_PHOFF)[0]) if one.offset < 0 else one


def _with_calls(program: LinkedProgram, functions: Sequence[LinkedFunction], enter: int) -> bytes:
    text, start = bytearray(program.text), program.code.address
    for one in functions:
        at = one.address - start
        text[at : at + CALL_SIZE] = struct.pack("<Bi", _CALL, enter - (one.address + CALL_SIZE))
    return bytes(text)


def _headers(segments: Sequence[Segment], spare: Segment, ours: Segment) -> bytes:
    """The program headers with ours in place of the spare one, behind the other loaded ones: by address."""
    kept = [one for one in segments if one is not spare]
    last = max(index for index, one in enumerate(kept) if one.kind == PT_LOAD)
    kept.insert(last + 1, ours)
    return b"".join(
        _HEADER.pack(s.kind, s.flags, s.offset, s.address, s.address, s.file_size, s.memory_size, s.align)
        for s in kept
    )


def _table(program: LinkedProgram, functions: Sequence[LinkedFunction], enter: int, record: str) -> bytes:
    """The stub's table: where the code is, and the functions with the bytes that they begin with."""
    code = program.code
    text = code.address & -PAGE
    pages = (_up(code.address + code.file_size) - text) // PAGE
    head = _TABLE.pack(
        enter,
        text,
        pages * PAGE,
        code.offset & -PAGE,
        record_size(len(functions)),
        len(functions),
        pages,
        record.encode(),
    )
    first = struct.pack(f"<{pages + 1}I", *_first_of_pages([f.address - text for f in functions], pages))
    rows = (
        _FUNCTION.pack(one.address - text, program.text[(at := one.address - code.address) : at + CALL_SIZE])
        for one in functions
    )
    return head + first + b"".join(rows)


def _first_of_pages(offsets: Sequence[int], pages: int) -> Iterator[int]:
    """For each page, and one more, how many of the sorted offsets lie before it."""
    index = 0
    for page in range(pages + 1):
        while index < len(offsets) and offsets[index] < page * PAGE:
            index += 1
        yield index


def _up(address: int) -> int:
    return -(-address // PAGE) * PAGE

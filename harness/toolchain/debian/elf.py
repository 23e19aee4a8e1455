"""Programs of a newer Debian made to run on this machine: in their own loader, with their own libraries.

Two things of a program are changed, and nothing is moved, so symbols and frames stay what they were. The path
of its loader (PT_INTERP) is written again at the end of the file. Its search path for libraries, in all of
LLVM's `$ORIGIN/../lib`, becomes one that its libraries inherit (DT_RUNPATH to DT_RPATH).

It is not started as `ld.so --library-path ... program`: /proc/self/exe would be the loader, and by it clang
finds its headers, and LLVM's signal handler the names of frames.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_PT_DYNAMIC, _PT_INTERP = 2, 3
_DT_NULL, _DT_RPATH, _DT_RUNPATH = 0, 15, 29
_MOST_HEADERS = 1 << 12


@dataclass(frozen=True, slots=True)
class _Segment:
    """A program header: where it is in the file, and where that is which it describes."""

    header: int
    kind: int
    offset: int
    size: int


def _segments(stream: BinaryIO) -> Iterator[_Segment]:
    stream.seek(0)
    head = stream.read(64)
    if len(head) < 64 or not head.startswith(_MAGIC):
        return
    (table,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    end = stream.seek(0, os.SEEK_END)
    for index in range(min(count, _MOST_HEADERS)):
        if table + (index + 1) * size > end:
            return
        stream.seek(table + index * size)
        header = stream.read(56)
        if len(header) == 56:
            kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", header)
            yield _Segment(table + index * size, kind, offset, length)


def read_loader(path: Path) -> str:
    """The loader that a program names; empty if the file is no program that has one."""
    with path.open("rb") as stream:
        for segment in _segments(stream):
            if segment.kind == _PT_INTERP:
                stream.seek(segment.offset)
                return os.fsdecode(stream.read(segment.size).rstrip(b"\0"))
    return ""


def set_loader(path: Path, loader: Path) -> None:
    """Have a program name another loader. The file is changed in place."""
    text = os.fsencode(loader) + b"\0"
    with path.open("r+b") as stream:
        segment = next(one for one in _segments(stream) if one.kind == _PT_INTERP)
        end = stream.seek(0, os.SEEK_END)
        # Once more: in the place of the one that was appended before.
        place = segment.offset if segment.offset + segment.size == end else end
        stream.seek(place)
        stream.write(text)
        stream.truncate()
        # The address of the old text stays: the loader reads there by which name it may also be needed.
        stream.seek(segment.header + 8)
        stream.write(struct.pack("<Q", place))
        stream.seek(segment.header + 32)
        stream.write(struct.pack("<Q", len(text)))


def _search_tags(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where the entries for search paths are in the file, and their tags."""
    for segment in _segments(stream):
        if segment.kind == _PT_DYNAMIC:
            for place in range(segment.offset, segment.offset + segment.size, 16):
                stream.seek(place)
                (tag,) = struct.unpack("<Q", stream.read(8).ljust(8, b"\0"))
                if tag == _DT_NULL:
                    return
                if tag in {_DT_RPATH, _DT_RUNPATH}:
                    yield place, tag


def has_search_path(path: Path) -> bool:
    """Whether a file says itself where its libraries are."""
    with path.open("rb") as stream:
        return any(True for _ in _search_tags(stream))


def inherit_search_path(path: Path) -> None:
    """Have what a program loads look for its own libraries where the program does. Changed in place."""
    with path.open("rb") as stream:
        places = [place for place, tag in _search_tags(stream) if tag == _DT_RUNPATH]
    if places:
        with path.open("r+b") as stream:
            for place in places:
                stream.seek(place)
                stream.write(struct.pack("<Q", _DT_RPATH))

"""Files of several objects: archives of GNU, BSD and COFF, and universal files of Mach-O.

pyelftools does not read archives; other packages on PyPI neither name the members of COFF archives nor limit
what a damaged one makes them do. Sources: llvm/lib/Object/Archive.cpp, llvm/include/llvm/BinaryFormat/MachO.h
(`fat_header`).
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.errors import UsageError
from harness.printable import one_line
from harness.stackmaps.objects.bounded import LONGEST_NAME, Budget

_ARCHIVE, _THIN, _AIX = b"!<arch>\n", b"!<thin>\n", b"<bigaf>\n"
_MEMBER_BYTES = 60
# Layouts of a slice in a universal file: CPU, its kind, offset, size and what follows.
_SLICES = {b"\xca\xfe\xba\xbe": struct.Struct(">IIIII"), b"\xca\xfe\xba\xbf": struct.Struct(">IIQQII")}
# Java class files start with the same bytes, then have a version of 45 or more instead of a slice count.
_MOST_SLICES = 42
_CPUS = {
    (0x0100_0007, 8): "x86_64h",
    (0x0100_000C, 2): "arm64e",
    (0x0000_000C, 9): "armv7",
    (0x0000_000C, 11): "armv7s",
    (0x0000_000C, 12): "armv7k",
}
_KINDS = {
    7: "i386",
    12: "arm",
    18: "ppc",
    0x0100_0007: "x86_64",
    0x0100_000C: "arm64",
    0x0100_0012: "ppc64",
    0x0200_000C: "arm64_32",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One object of a file. `label` is `(member.o)` or `(arm64)`, empty if the file is an object."""

    label: str
    data: bytes


def parts(data: bytes, name: str) -> tuple[Member, ...]:
    """The objects of a file, or the file itself, with unique labels. Raises UsageError for a damaged file."""
    if _is_universal(data):
        found = [
            Member(f"({kind}){member.label}", member.data)
            for kind, one in _slices(data, name)
            for member in _members(one, f"{name}({kind})")
        ]
    else:
        found = list(_members(data, name))
    seen: Counter[str] = Counter()
    labelled = []
    for part in found:
        seen[part.label] += 1
        again = f"#{seen[part.label]}" if seen[part.label] > 1 else ""
        labelled.append(Member(f"{part.label}{again}", part.data))
    return tuple(labelled)


def _is_universal(data: bytes) -> bool:
    return data[:4] in _SLICES and int.from_bytes(data[4:8], "big") <= _MOST_SLICES


def _slices(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    form = _SLICES[data[:4]]
    budget = Budget(name, data)
    count = int.from_bytes(data[4:8], "big")
    if 8 + count * form.size > len(data):
        raise _damaged(name, "universal file", f"{count} slices in {len(data)} bytes")
    for cpu, kind, offset, size, *_ in form.iter_unpack(data[8 : 8 + count * form.size]):
        if offset + size > len(data):
            raise _damaged(name, "universal file", f"bytes {offset} to {offset + size} of {len(data)}")
        budget.take(size)
        known = _CPUS.get((cpu, kind & 0xFF_FFFF)) or _KINDS.get(cpu) or f"CPU {cpu:#x}"
        yield known, data[offset : offset + size]


def _members(data: bytes, name: str) -> Iterator[Member]:
    if data.startswith(_THIN):
        raise UsageError(
            f"{name}: a thin archive: its members are in files of their own",
            "name those files, or make an archive that holds them: llvm-ar cqL whole.a THIN",
        )
    if data.startswith(_AIX):
        raise UsageError(
            f"{name}: an AIX archive, which the harness cannot read", "extract its members: ar -x"
        )
    if not data.startswith(_ARCHIVE):
        yield Member("", data)
        return
    at, long_names = len(_ARCHIVE), b""
    while at < len(data):
        header = data[at : at + _MEMBER_BYTES]
        size = header[48:58].strip()
        if header[58:] != b"`\n" or not size.isdigit():
            raise _damaged(name, "archive", f"no member starts at byte {at}")
        start, end = at + _MEMBER_BYTES, at + _MEMBER_BYTES + int(size)
        if end > len(data):
            raise _damaged(name, "archive", f"a member ends at byte {end} of {len(data)}")
        at = end + end % 2
        raw = header[:16].rstrip(b" ")
        if raw == b"//":
            long_names = data[start:end]
            continue
        if raw.startswith(b"#1/") and raw[3:].isdigit():
            # BSD: the name precedes the member's data.
            length = int(raw[3:])
            if length > end - start:
                raise _damaged(name, "archive", f"a name of {length} bytes in a member of {end - start}")
            raw, start = data[start : start + length].rstrip(b"\0"), start + length
        elif raw.startswith(b"/") and raw[1:].isdigit():
            raw = _long_name(long_names, int(raw[1:]), name)
        elif raw.startswith((b"/", b"__.SYMDEF")):
            continue  # `/`, `/SYM64/`, `/<ECSYMBOLS>/`: tables for the linker
        if not raw.startswith(b"__.SYMDEF"):
            text = raw[:LONGEST_NAME].decode("utf-8", "replace").removesuffix("/")
            yield Member(f"({one_line(text)})", data[start:end])


def _long_name(table: bytes, offset: int, name: str) -> bytes:
    """A name of the table, which ends with `/` and a line feed, or in COFF archives with a zero byte."""
    if offset >= len(table):
        raise _damaged(name, "archive", f"a name at byte {offset} of {len(table)}")
    piece = table[offset : offset + LONGEST_NAME]
    return piece.partition(b"\n")[0].partition(b"\0")[0]


def _damaged(name: str, what: str, why: str) -> UsageError:
    return UsageError(f"{name}: a damaged {what}: {why}", "give the file as the archiver or linker wrote it")

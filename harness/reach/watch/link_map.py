"""Which unit the code at an address comes from: what a linker's map says (`-Wl,-Map=FILE` of mold and lld).

Symbols do not say it of a release's archives: Debian strips them of the names of sources (STT_FILE), and a
linker then has the local functions of all members follow the last name that it has seen.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.reach.watch.program import Label

# mold: `0x16c0 46 16   lib/libLLVMCore.a(Verifier.cpp.o):(.text.f)`; lld has two addresses, and all in hex.
_MOLD = re.compile(r" *0x([0-9a-f]+) +([0-9]+) +[0-9]+ {9}(\S.*):\((\.text.*)\)$")
_LLD = re.compile(r" *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +[0-9]+ {9}(\S.*):\((\.text.*)\)$")
_MEMBER = re.compile(r".*\.a\((.*)\)$")
# The unit of a local function for which neither the map nor a symbol has one.
UNKNOWN_UNIT = "?"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a program's code, and the name of the archive's member it comes from; empty: no archive's."""

    start: int
    end: int
    member: str


def read_pieces(lines: Iterable[str]) -> tuple[Piece, ...]:
    """The pieces of code that a linker's map lists, by address."""
    found = []
    for line in lines:
        if (match := _MOLD.match(line)) is not None:
            size = int(match[2])
        elif (match := _LLD.match(line)) is not None:
            size = int(match[2], 16)
        else:
            continue
        if size:
            start = int(match[1], 16)
            member = _MEMBER.match(match[3])
            found.append(Piece(start, start + size, member[1] if member else ""))
    return tuple(sorted(found, key=lambda piece: piece.start))


def units_of_pieces(pieces: tuple[Piece, ...]) -> Callable[[Label], str]:
    """The unit of a label: that of its archive's member, or what the symbols say of an object."""
    starts = [piece.start for piece in pieces]

    def unit(label: Label) -> str:
        index = bisect.bisect_right(starts, label.address) - 1
        # An empty function lies between the pieces.
        if index < 0 or label.address >= pieces[index].end:
            return UNKNOWN_UNIT
        member = pieces[index].member
        return member.removesuffix(".o") if member else label.unit or UNKNOWN_UNIT

    return unit


def unit_of_symbols(label: Label) -> str:
    """The unit of a label by the symbols alone: right if all objects were linked with their symbols."""
    return label.unit or UNKNOWN_UNIT

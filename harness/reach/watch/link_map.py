"""Which object the code at an address comes from: what a linker's map says (`-Wl,-Map=FILE` of mold and lld).

Symbols do not say it of a release's archives: Debian strips them of the names of sources (STT_FILE), and a
linker then has the local functions of all members follow the last name that it has seen.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.reach.watch.objects import OwnFunctions, read_own_functions
from harness.reach.watch.program import Label

# mold: `0x16c0 46 16   lib/libLLVMCore.a(Verifier.cpp.o):(.text.f)`; lld has two addresses, and all in hex.
_MOLD = re.compile(r" *0x([0-9a-f]+) +([0-9]+) +[0-9]+ {9}(\S.*):\((\.text.*)\)$")
_LLD = re.compile(r" *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +[0-9]+ {9}(\S.*):\((\.text.*)\)$")
_MEMBER = re.compile(r"(.*\.a)\((.*)\)$")
# The unit of a local function for which neither the map nor a symbol has one.
UNKNOWN_UNIT = "?"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a program's code, and what it comes from: an object, or an archive and its member."""

    start: int
    end: int
    source: str
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
            inside = _MEMBER.match(match[3])
            source, member = (inside[1], inside[2]) if inside else (match[3], "")
            found.append(Piece(start, start + size, source, member))
    return tuple(sorted(found, key=lambda piece: piece.start))


def read_sources(pieces: Iterable[Piece]) -> dict[tuple[str, str], OwnFunctions]:
    """The local functions of every object that the pieces come from, by its source and member.

    Without those that cannot be read, such as a temporary object of the compiler's.
    """
    found: dict[tuple[str, str], OwnFunctions] = {}
    for source in sorted({piece.source for piece in pieces}):
        try:
            members = read_own_functions(Path(source))
        except (OSError, ValueError):
            continue
        found |= {(source, member): own for member, own in members.items()}
    return found


def units_of_pieces(
    pieces: tuple[Piece, ...], sources: Mapping[tuple[str, str], OwnFunctions]
) -> Callable[[Label], str]:
    """The unit of a label: empty for a global one, as its object has it."""
    starts = [piece.start for piece in pieces]

    def unit(label: Label) -> str:
        index = bisect.bisect_right(starts, label.address) - 1
        # An empty function lies between the pieces.
        if index < 0 or label.address >= pieces[index].end:
            return unit_of_symbols(label, trusted=False)
        piece = pieces[index]
        own = sources.get((piece.source, piece.member))
        if own is None:
            return unit_of_symbols(label, trusted=not piece.member)
        return (own.unit or UNKNOWN_UNIT) if label.name in own.names else ""

    return unit


def unit_of_symbols(label: Label, *, trusted: bool = True) -> str:
    """The unit of a label by the program's symbols alone.

    It is right if the linker was GNU's or lld and all objects were linked with their symbols. It is unknown
    if that is not to be `trusted`.
    """
    if not label.local:
        return ""
    return (label.unit if trusted else "") or UNKNOWN_UNIT

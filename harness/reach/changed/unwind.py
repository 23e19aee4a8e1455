"""What unwinding a function needs, made part of it: its entry in .eh_frame, with its table of handlers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from harness.reach.changed.blocks import Block, Edge, Target
from harness.reach.changed.elf import ElfObject, ElfSymbol

_FRAME = ".eh_frame"
# Offsets of an entry's fields: the way back to its CIE, the function; what follows the function's size.
_CIE, _FUNCTION, _REST = 4, 8, 16
_LONG = 0xFFFFFFFF  # a length in 64 bits follows, which no compiler writes here

_Resolve = Callable[[ElfSymbol, int, int], tuple[Target, int]]
_Place = Callable[[int, int], tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of .eh_frame: where it starts, its bytes and relocations."""

    start: int
    content: bytes
    relocations: list[tuple[int, int, int, int]]

    @property
    def back(self) -> int:
        """The way from its field to its CIE; 0 if it is one itself."""
        way: int = struct.unpack_from("<I", self.content, _CIE)[0]
        return way


def attach_unwind(elf: ElfObject, blocks: list[Block], resolve: _Resolve, place: _Place) -> None:
    """Add to each function the edges and bytes of its entries, at offsets before the function's first."""

    def edges(one: _Entry, skipped: int) -> list[Edge]:
        # It is filled up with DW_CFA_nop; how far depends on what follows.
        found: list[Edge] = [(-1, 0, b"frame " + one.content[skipped:].rstrip(b"\0"), 0)]
        for offset, symbol, kind, addend in one.relocations:
            if offset - one.start >= skipped:
                target, rest = resolve(elf.symbols[symbol], kind, addend)
                found.append((one.start - offset, kind, target, rest))
        return found

    for number, section in enumerate(elf.sections):
        if section.name != _FRAME:
            continue
        cies: dict[int, list[Edge]] = {}
        for one in _split(section.content, elf.relocations.get(number, [])):
            if one.back == 0:
                cies[one.start] = edges(one, _FUNCTION)
                continue
            for offset, symbol, _, addend in one.relocations:
                found = place(elf.symbols[symbol].section, elf.symbols[symbol].value + addend)
                if offset == one.start + _FUNCTION and found is not None:
                    common = cies.get(one.start + _CIE - one.back, [])
                    blocks[found[0]].edges += [*common, *edges(one, _REST)]


def _split(content: bytes, relocations: list[tuple[int, int, int, int]]) -> list[_Entry]:
    """The entries of .eh_frame. Raises ValueError if one ends beyond it."""
    found, start, at = [], 0, 0
    while start + 8 <= len(content):
        size = struct.unpack_from("<I", content, start)[0]
        if size == 0:
            start += 4
            continue
        end = start + 4 + size
        if size == _LONG or end > len(content):
            raise ValueError("an entry beyond the end of .eh_frame")
        first = at
        while at < len(relocations) and relocations[at][0] < end:
            at += 1
        found.append(_Entry(start, content[start:end], relocations[first:at]))
        start = end
    return found

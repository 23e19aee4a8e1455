"""What the readers of ELF, Mach-O and COFF return: sections, symbols, and what addresses refer to."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.targets.instructions import ByteOrder
from harness.targets.relocations import FixupKind


@dataclass(frozen=True, slots=True)
class Reference:
    """What an address refers to: `offset` bytes into a section, or into a symbol of another file.

    `section` is an index into Image.sections, None for what is not in this file. `symbol` is the
    relocation's symbol, empty if it is only a section.
    """

    symbol: str
    section: int | None
    offset: int


@dataclass(frozen=True, slots=True)
class Fixup:
    """A relocation of an instruction, indexed by the first byte it changes; `goal` is what it refers to."""

    kind: FixupKind
    goal: Reference


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name for a place in a section; `size` in bytes, 0 where the format has none."""

    name: str
    section: int
    offset: int
    size: int
    function: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A section's bytes, with its relocations applied if `references` were asked for.

    `references` maps a position in `data` to what the address there refers to, in objects only. `fixups` are
    the relocations of code by place, None if they were not asked for.
    """

    name: str
    address: int
    data: bytes
    references: Mapping[int, Reference] = field(default_factory=dict)
    fixups: Mapping[int, Fixup] | None = None


@dataclass(frozen=True, slots=True)
class RawSection:
    """A section, and its relocations in the file: `count` entries at offset `relocations`."""

    section: Section
    relocations: int
    count: int
    code: bool


@dataclass(frozen=True, slots=True)
class Image:
    """An object or executable. `machine` is the target's name in `harness.targets`, or the format's."""

    format: str
    machine: str
    order: ByteOrder
    pointer_size: int
    relocatable: bool
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]

    def locate(self, address: int) -> Reference | None:
        """The place of an address in a linked file."""
        for index, section in enumerate(self.sections):
            if section.address and 0 <= address - section.address < len(section.data):
                return Reference("", index, address - section.address)
        return None


@dataclass(frozen=True, slots=True)
class Names:
    """The symbols of an image by their places: `starts` are the named offsets of each section, sorted."""

    here: Mapping[tuple[int, int], tuple[Symbol, ...]]
    starts: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, image: Image) -> Names:
        """The index of an image's symbols."""
        here: dict[tuple[int, int], list[Symbol]] = {}
        starts: dict[int, set[int]] = {}
        for symbol in image.symbols:
            here.setdefault((symbol.section, symbol.offset), []).append(symbol)
            starts.setdefault(symbol.section, set()).add(symbol.offset)
        return cls(
            {place: tuple(symbols) for place, symbols in here.items()},
            {section: tuple(sorted(offsets)) for section, offsets in starts.items()},
        )

    def named(self, place: Reference) -> Symbol | None:
        """The symbol at a place: preferably the relocation's, then a function."""
        if place.section is None:
            return None
        there = self.here.get((place.section, place.offset), ())
        return max(
            there, key=lambda s: (s.name == place.symbol, s.function, s.size > 0, s.name), default=None
        )

    def size(self, image: Image, code: Reference, symbol: Symbol | None) -> int | None:
        """A function's length in bytes: its symbol's size, else up to the next symbol or the end.

        None if the function has no name: it may be followed by other functions without names.
        """
        if symbol is None or code.section is None:
            return None
        if symbol.size:
            return symbol.size
        starts = self.starts.get(code.section, ())
        after = bisect.bisect_right(starts, code.offset)
        end = starts[after] if after < len(starts) else len(image.sections[code.section].data)
        return end - code.offset

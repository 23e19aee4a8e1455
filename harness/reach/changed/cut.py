"""An object cut into blocks, with the edges between them."""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from dataclasses import dataclass, field

from harness.reach.changed.blocks import PRIVATE, Block, BlockGraph, Target, is_kept
from harness.reach.changed.elf import (
    ElfObject,
    ElfSection,
    ElfSymbol,
    SectionFlag,
    SectionType,
    SymbolType,
)
from harness.reach.changed.relative import add_relative_edges
from harness.reach.changed.unwind import attach_unwind

# R_X86_64_PC32, GOTPCREL, PLT32, PC64, GOTPCRELX, REX_GOTPCRELX: relative to the place, which is 4 before the
# end of most instructions.
_RELATIVE = frozenset({2, 4, 9, 24, 41, 42})
_NO_INPUT = (".note", ".llvm.", ".llvm_", ".stack_sizes", ".eh_frame")
_INITIALISERS = (SectionType.INIT_ARRAY, SectionType.FINI_ARRAY, SectionType.PREINIT_ARRAY)


def cut(elf: ElfObject) -> BlockGraph:
    """The graph of an object. Raises ObjectError if code cannot be decoded where that is needed."""
    return _Cutter(elf).cut()


@dataclass(slots=True)
class _Cutter:
    """Makes the blocks of an object, then their edges."""

    elf: ElfObject
    blocks: list[Block] = field(default_factory=list)
    # Where the blocks of a section start, and their numbers.
    starts: dict[int, list[int]] = field(default_factory=dict)
    numbers: dict[int, list[int]] = field(default_factory=dict)

    def cut(self) -> BlockGraph:
        symbols = defaultdict(list)
        for one in self.elf.symbols:
            if one.section > 0 and one.kind not in (SymbolType.SECTION, SymbolType.FILE):
                symbols[one.section].append(one)
        for number, section in enumerate(self.elf.sections):
            if _is_input(section):
                self._cut_section(number, section, symbols.get(number, []))
        for number in self.starts:
            self._add_edges(number)
            if self.elf.sections[number].flags & SectionFlag.CODE and len(self.numbers[number]) > 1:
                members = [self.blocks[n] for n in self.numbers[number]]
                add_relative_edges(self.elf.sections[number].content, members, self.numbers[number])
        attach_unwind(self.elf, self.blocks, self.resolve, self.place)
        return self._graph()

    def _graph(self) -> BlockGraph:
        defined: dict[str, int] = {}
        local: dict[str, tuple[int, ...]] = {}
        for number, block in enumerate(self.blocks):
            defined.update(dict.fromkeys(block.names, number))
            for name in block.own:
                local[name] = (*local.get(name, ()), number)
        started: list[tuple[str, int]] = []
        kept: list[int] = []
        for number in self.starts:
            section = self.elf.sections[number]
            if section.kind in _INITIALISERS:
                started += [(section.name, n) for n in self.numbers[number]]
            elif is_kept(section.name):
                kept += self.numbers[number]
        return BlockGraph(self.elf.unit, tuple(self.blocks), defined, local, tuple(started), tuple(kept))

    def _cut_section(self, number: int, section: ElfSection, symbols: list[ElfSymbol]) -> None:
        """Make a section's blocks: one from each symbol to the next; of merged constants, the global ones."""
        merged = section.flags & SectionFlag.MERGE
        wanted = [s for s in symbols if not s.name.startswith(PRIVATE) and not (merged and s.is_local)]
        by_start = _group(wanted)
        if not merged and section.size:
            by_start.setdefault(0, [])
        starts = sorted(by_start)
        self.starts[number] = starts
        self.numbers[number] = list(range(len(self.blocks), len(self.blocks) + len(starts)))
        for start, end in itertools.pairwise([*starts, section.size]):
            size, here = end - start, by_start[start]
            given = max((one.value + one.size - start for one in here), default=0)
            if given > 0 and (merged or len(starts) > 1):
                size = min(size, given)  # what is between it and the next is padding
            has_content = section.kind != SectionType.NOBITS
            self.blocks.append(
                Block(
                    section.name,
                    section.flags,
                    start,
                    size,
                    section.content[start : start + size] if has_content else None,
                    tuple(sorted(one.name for one in here if not one.is_local)),
                    tuple(sorted(one.name for one in here if one.is_local)),
                    frozenset(one.name for one in here if one.is_weak),
                )
            )

    def _add_edges(self, number: int) -> None:
        for offset, symbol, kind, addend in self.elf.relocations.get(number, ()):
            at = bisect.bisect_right(self.starts[number], offset) - 1
            if at >= 0:
                block = self.blocks[self.numbers[number][at]]
                target, rest = self.resolve(self.elf.symbols[symbol], kind, addend)
                block.edges.append((offset - block.start, kind, target, rest))

    def place(self, section: int, offset: int) -> tuple[int, int] | None:
        """The block at an offset of a section, and how far in it that is."""
        starts = self.starts.get(section)
        if not starts:
            return None
        at = max(bisect.bisect_right(starts, offset) - 1, 0)
        number = self.numbers[section][at]
        return number, offset - self.blocks[number].start

    def resolve(self, symbol: ElfSymbol, kind: int, addend: int) -> tuple[Target, int]:
        """What a relocation leads to, and what is added to that."""
        if not symbol.is_local or symbol.section < 0:
            return symbol.name, addend
        section = self.elf.sections[symbol.section]
        # A reference to a section is to a place in it; relative ones have the way to the next instruction in
        # the addend as well.
        further = 4 if kind in _RELATIVE else 0
        if section.flags & SectionFlag.MERGE:
            if symbol.kind == SymbolType.SECTION:
                return _constant(section, addend + further, 0), -further
            return _constant(section, symbol.value, symbol.size), addend
        way = addend + further if symbol.kind == SymbolType.SECTION else 0
        found = self.place(symbol.section, symbol.value + way)
        if found is None:
            return section.name, symbol.value + addend
        number, _ = found
        return number, symbol.value + addend - self.blocks[number].start


def _group(symbols: list[ElfSymbol]) -> dict[int, list[ElfSymbol]]:
    """Symbols by where their block starts: one inside another is a part of that (a label of assembly)."""
    found: dict[int, list[ElfSymbol]] = {}
    start = end = 0
    for one in sorted(symbols, key=lambda one: (one.value, -one.size)):
        if not found or one.value >= end:
            start, end = one.value, one.value + one.size
        found.setdefault(start if one.value < end else one.value, []).append(one)
    return found


def _is_input(section: ElfSection) -> bool:
    """Whether a section is part of the program, and not only about it."""
    if not section.flags & SectionFlag.ALLOC or section.flags & SectionFlag.EXCLUDE:
        return False
    return section.kind != SectionType.NOTE and not section.name.startswith(_NO_INPUT)


def _constant(section: ElfSection, start: int, size: int) -> bytes:
    """A constant that the linker may merge with equal ones, by its content."""
    data = section.content
    if section.flags & SectionFlag.STRINGS:
        if not size:
            zero = bytes(section.unit_size or 1)
            end = start
            while end < len(data) and data[end : end + len(zero)] != zero:
                end += len(zero)
            size = end + len(zero) - start
        return b"text " + data[start : start + size]
    return b"%d " % section.unit_size + data[start : start + (size or section.unit_size)]

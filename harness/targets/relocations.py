"""What the relocations of a target do, in each object format. Numbers: llvm/include/llvm/BinaryFormat."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


class FixupKind(enum.Enum):
    """What a relocation puts into an instruction, if calls use it.

    CALL: the distance to a place from the instruction. VALUE: the place's address. SLOT: the distance to a
    word that holds the address. OTHER: anything else; the bytes there mean nothing before linking.
    """

    CALL = enum.auto()
    VALUE = enum.auto()
    SLOT = enum.auto()
    OTHER = enum.auto()


class Action(enum.Enum):
    """What a relocation does to the bytes of data at its place. KEEP leaves them as they are."""

    SET = enum.auto()
    ADD = enum.auto()
    SUB = enum.auto()
    RELATIVE = enum.auto()
    KEEP = enum.auto()


@dataclass(frozen=True, slots=True)
class Elf:
    """ELF: `machine` is pyelftools' name of `e_machine`.

    `data` has the action of each relocation type and the number of bytes. `calls` has what a relocation of
    code refers to, and what to add to get the callee: some count from another byte than the instruction's
    first or next one. `silent` types inform the linker and change nothing; all others hide what an
    instruction does.
    """

    machine: str
    data: Mapping[int, tuple[Action, int]]
    calls: Mapping[int, tuple[FixupKind, int]] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MachO:
    """Mach-O: the target's CPU types, and the types of its relocations.

    `addend` is the type that only carries the addend of the entry after it. `inline`: LLVM writes addends
    into instructions.
    """

    cpus: tuple[int, ...]
    calls: Mapping[int, FixupKind]
    subtractor: int
    addend: int | None = None
    inline: bool = True


def _same(_kind: FixupKind, there: int) -> int:
    return there


@dataclass(frozen=True, slots=True)
class Coff:
    """COFF: `widths` has the size in bytes of the address that a relocation type of data sets.

    `addend` computes the addend from the instruction's four or eight bytes as a number.
    """

    machine: int
    widths: Mapping[int, int]
    calls: Mapping[int, FixupKind]
    addend: Callable[[FixupKind, int], int] = _same

"""An object as a graph: blocks (functions, tables, variables) and what each refers to.

The names are those of LLVM's JITLink: a block is a run of bytes that is placed as a whole, an edge is a
reference from a place in it to a target.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.reach.changed.elf import SectionFlag

# What an edge leads to: a local block by its number, a global name, or a constant by its content.
Target = int | str | bytes
# Offset in the block, type of relocation, target, addend.
Edge = tuple[int, int, Target, int]

# Symbols of the assembler's own (ELF's private prefix): numbered, and mostly not in the file.
PRIVATE = ".L"


@dataclass(slots=True)
class Block:
    """A run of bytes with its edges. `content` is None where the file has none of it (.bss).

    `names` are its global symbols, `own` its local ones; `size` is that of the content, or of the space.
    """

    section: str
    flags: int
    start: int
    size: int
    content: bytes | None
    names: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    weak: frozenset[str] = frozenset()
    edges: list[Edge] = field(default_factory=list)

    @property
    def is_code(self) -> bool:
        """Whether it is a function; all else is data."""
        return bool(self.flags & SectionFlag.CODE)

    @property
    def has_identity(self) -> bool:
        """Whether it is another one than an equal one: it can be written, or its address compared.

        What only the compiler has a name for (a table of a `switch`) is as good as another of its content.
        """
        return bool(self.own) or bool(self.names)


@dataclass(frozen=True, slots=True)
class BlockGraph:
    """An object's blocks. `defined` are those of global names, `local` those of local ones.

    `started` are what runs before main and after it: section and function, in order. `kept` are data that
    the linker gives to whoever asks for its section (`__start_section`).
    """

    unit: str
    blocks: tuple[Block, ...]
    defined: dict[str, int]
    local: dict[str, tuple[int, ...]]
    started: tuple[tuple[str, int], ...] = ()
    kept: tuple[int, ...] = ()


def is_kept(section: str) -> bool:
    """Whether the linker makes `__start_` and `__stop_` symbols of a section: its name is an identifier."""
    return section.isidentifier()

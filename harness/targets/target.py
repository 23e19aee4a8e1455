"""The facts about a target: registers and frame, relocations, instructions, and how programs run.

Register numbers: the DWARF register tables of each ABI in LLVM, llvm/lib/Target/*/*RegisterInfo.td.
Calls and nops: `LowerPATCHPOINT` and `LowerSTATEPOINT` in each target's AsmPrinter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.targets.instructions import ByteOrder, Decoding
from harness.targets.relocations import Coff, Elf, MachO


@dataclass(frozen=True, slots=True)
class ForeignRegisters:
    """DWARF numbers from `first` to `last`, which are recorded only because of a `known` defect."""

    first: int
    last: int
    known: str


@dataclass(frozen=True, slots=True)
class Bank:
    """`count` registers of `width` bytes each, with the DWARF numbers from `first` on."""

    first: int
    count: int
    width: int

    @property
    def size(self) -> int:
        """The size of all of them in bytes."""
        return self.count * self.width


@dataclass(frozen=True, slots=True)
class StubSyntax:
    """How to write a callee in assembly. `general` and `floats` are what it may clobber, by DWARF number.

    `saved` are the other general registers: a result may be in one of them. `constant` loads 64 bits into a
    general register; `float` clobbers a floating-point register, with what `before` prepared in the register
    that the target's patch points clobber themselves.
    """

    general: Mapping[int, str]
    saved: Mapping[int, str]
    floats: Mapping[int, str]
    constant: Callable[[str, int], tuple[str, ...]]
    before: tuple[str, ...]
    float: str
    end: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """How programs for a machine are assembled, linked and run, with lit-tests/AOT/Inputs/<machine>.s.

    `machine` is the name in lit's `run-<machine>` and `%as-<machine>` and in `qemu-<machine>`.
    `assembler_options` are for llvm-mc, beside the triple.
    """

    machine: str
    triple: str
    assembler_options: tuple[str, ...] = ()

    @property
    def emulator(self) -> str:
        """The program that runs the machine's programs elsewhere."""
        return f"qemu-{self.machine}"


@dataclass(frozen=True, slots=True)
class Generation:
    """What the generator of `harness fuzz` needs: sizes in bytes, and what LLVM supports.

    `name` is that of `--target`, `registered` that of `-registered-target`. `call` is the size of a call of
    an immediate address, `unit` that of a nop. `registers` is how many live values fit into registers at -O0
    (issue 56880). `live_calls`: calls compile in functions whose live-outs are recorded. `return_register` is
    clobbered by a patch point's call without LLVM knowing (L5). `vectors` are types that fit into one
    register. `byval`: objects passed by value are copied into the frame. `ghc_arguments` go into registers
    that no frame needs.
    """

    name: str
    runtime: Runtime
    registered: str
    call: int
    unit: int
    registers: int
    symbols: bool = True
    live_calls: bool = True
    return_register: str = ""
    vectors: tuple[str, ...] = ()
    half: bool = False
    byval: bool = True
    ghc_arguments: int = 0
    conventions: tuple[str, ...] = ("", "fastcc", "anyregcc")
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One target. `registers` are its valid DWARF numbers, as (first, last) pairs.

    `red_zone` is how many bytes below the stack pointer a leaf function may use. `above_frame` is how many
    bytes a call puts between the two frames. `frame_top` is where a frame ends, in bytes from the frame
    pointer, if that is the same in all functions. `foreign_registers` are those of another processor of the
    family, which LLVM records by mistake. `wide_floats` are registers that hold a float in the form of a
    double. `local_entries` are the distances from a function's address to the entry for callers that share
    its table of contents.

    `length` returns the length of the instruction that starts with some bytes, 0 if unknown; it is None if
    only a disassembler can tell. `banks` are the registers that the suite's runtime captures, in its order.
    """

    name: str
    registers: tuple[tuple[int, int], ...]
    stack_pointer: int
    frame_pointers: tuple[int, ...]
    names: Mapping[int, str]
    elf: Elf
    length: Callable[[bytes, ByteOrder], int] | None
    red_zone: int = 0
    above_frame: int = 0
    frame_top: int | None = None
    foreign_registers: ForeignRegisters | None = None
    wide_floats: range = range(0)
    local_entries: tuple[int, ...] = ()
    macho: MachO | None = None
    coff: Coff | None = None
    decoding: Decoding | None = None
    banks: tuple[Bank, ...] = ()
    stub: StubSyntax | None = None
    runtime: Runtime | None = None
    generation: Generation | None = None

    def has_register(self, number: int) -> bool:
        """Whether the target has a register of this DWARF number."""
        return any(first <= number <= last for first, last in self.registers)

    def register(self, number: int) -> str:
        """`R#7 rsp`, or `R#7` if the register has no name here."""
        name = self.names.get(number)
        return f"R#{number} {name}" if name else f"R#{number}"


def numbered_names(prefix: str, first: int, count: int, start: int = 0) -> dict[int, str]:
    """`xmm0`, `xmm1`, ... with the DWARF numbers from `first` on."""
    return {first + i: f"{prefix}{start + i}" for i in range(count)}


def listed_names(words: str, first: int = 0) -> dict[int, str]:
    """Names in the order of their DWARF numbers, from `first` on."""
    return dict(enumerate(words.split(), first))


def ranged_names(prefix: str, numbers: range, first: int = 0) -> dict[int, str]:
    """`r8`, `r9`, ... with the DWARF numbers `first` + 8, `first` + 9, ..."""
    return {first + n: f"{prefix}{n}" for n in numbers}

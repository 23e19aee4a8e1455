"""How to read the instructions of a target: lengths, nops, calls, and how they form addresses.

Instructions are read from capstone's text, calls also from their bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

ByteOrder = Literal["little", "big"]
ALL_ONES = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Relative:
    """A call to its own address plus a distance; its relocation is at byte `at` of the instruction."""

    distance: int
    at: int = 0


@dataclass(frozen=True, slots=True)
class ThroughRegister:
    """A call to the address in a register, plus a distance."""

    name: str
    distance: int = 0


@dataclass(frozen=True, slots=True)
class ThroughSlot:
    """A call to the address in a word, named by the relocation at byte `at` of the instruction."""

    at: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """A call whose callee is unknown; `why` is the reason."""

    why: str


CallOperand = Relative | ThroughRegister | ThroughSlot | Hidden
# The result of an instruction, from the register it reads (None if unknown) and its immediates.
Step = Callable[[int | None, Sequence[int]], int | None]


@dataclass(frozen=True, slots=True)
class Constants:
    """Instructions that put a constant address into a register, by mnemonic.

    `steps` compute; `copies` move their operand into the named register; `relative` add a distance to their
    own address. Text that matches `same` leaves the register as it is. An address of `inline` bytes is at
    the end of its instruction, and so is its relocation; with 0 that is at the first byte. Where parts of
    registers have names of their own, only `whole` names are followed.
    """

    steps: Mapping[str, Step]
    copies: Mapping[str, str] = field(default_factory=dict)
    relative: Mapping[str, Callable[[int], int]] = field(default_factory=dict)
    same: re.Pattern[str] | None = None
    inline: int = 0
    whole: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to read capstone's text of reserved bytes.

    `engine` names capstone's architecture and modes for a byte order of data and a pointer size; `order` is
    that of instructions, None if it is that of data. `is_nop` reads bytes and `nop` text. `calls` are
    mnemonics; `prepare` matches what comes before a call and forms its callee's address in a register.
    `operand` says where a call leads, from its text and bytes. `thunk` matches functions that jump to what is
    in a register. `pair`: a call may be two instructions, which always run together.
    """

    engine: Callable[[ByteOrder, int], tuple[str, tuple[str, ...]]]
    calls: frozenset[str]
    prepare: re.Pattern[str]
    constants: Constants
    operand: Callable[[str, bytes, ByteOrder], CallOperand]
    is_nop: Callable[[bytes, ByteOrder], bool] = lambda _code, _order: False
    nop: re.Pattern[str] | None = None
    order: ByteOrder | None = None
    thunk: re.Pattern[str] | None = None
    pair: bool = False


def to_signed(value: int, bits: int) -> int:
    """The low bits of a value in two's complement, as signed."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def rotate_left(value: int, by: int) -> int:
    """Rotate 64 bits to the left."""
    return (value << by | value >> (64 - by)) & ALL_ONES


def load_number(bits: int, shift: int = 0) -> Step:
    """Load an immediate, sign-extended from `bits` bits after the shift."""
    return lambda _known, numbers: to_signed(numbers[0] << shift, bits) if len(numbers) == 1 else None


def change_register(function: Callable[[int, Sequence[int]], int], count: int = 1) -> Step:
    """Apply a function to the register and `count` immediates."""
    return lambda known, numbers: (
        None if known is None or len(numbers) != count else function(known, numbers) & ALL_ONES
    )


def unknown_value(_known: int | None, _numbers: Sequence[int]) -> int | None:
    """A value that only a relocation tells."""
    return None


OR = change_register(lambda known, numbers: known | numbers[0])
SHIFT_LEFT = change_register(lambda known, numbers: known << (numbers[0] & 63))

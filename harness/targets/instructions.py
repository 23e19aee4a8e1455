"""How the instructions of a target are read: their lengths, nops and calls, and addresses put together.

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
    """A call over a distance from its own address; a relocation of it is at byte `at` of the instruction."""

    distance: int
    at: int = 0


@dataclass(frozen=True, slots=True)
class ThroughRegister:
    """A call to what is in a register, plus a distance."""

    name: str
    distance: int = 0


@dataclass(frozen=True, slots=True)
class ThroughSlot:
    """A call to what is in a word that the relocation at byte `at` of the instruction names."""

    at: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """A call whose callee cannot be known; `why` says what hides it."""

    why: str


CallOperand = Relative | ThroughRegister | ThroughSlot | Hidden
# What an instruction makes of the register it reads (None if that is not known) and its numbers.
Step = Callable[[int | None, Sequence[int]], int | None]


@dataclass(frozen=True, slots=True)
class Constants:
    """How constant addresses get into registers before a call, by mnemonic.

    `steps` compute; `copies` move their operand into the named register; `relative` add a distance to their
    own address. What fully matches `same` leaves the register as it is. An address of `inline` bytes is at
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
    """How capstone's text of reserved bytes is read.

    `engine` names capstone's architecture and modes, for data of a byte order and pointers of a size;
    `order` is that of the instructions, None for that of data. `is_nop` reads bytes and `nop` text. `calls`
    are mnemonics; `prepare` is what stands before a call: its target's address put together in a register.
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
    """The number that the low bits of a value are in two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def rotate_left(value: int, by: int) -> int:
    """64 bits rotated to the left."""
    return (value << by | value >> (64 - by)) & ALL_ONES


def load_number(bits: int, shift: int = 0) -> Step:
    """A number alone, sign-extended from so many bits after the shift."""
    return lambda _known, numbers: to_signed(numbers[0] << shift, bits) if len(numbers) == 1 else None


def change_register(function: Callable[[int, Sequence[int]], int], count: int = 1) -> Step:
    """A function of the register and of `count` numbers."""
    return lambda known, numbers: (
        None if known is None or len(numbers) != count else function(known, numbers) & ALL_ONES
    )


def unknown_value(_known: int | None, _numbers: Sequence[int]) -> int | None:
    """What only a relocation tells."""
    return None


OR = change_register(lambda known, numbers: known | numbers[0])
SHIFT_LEFT = change_register(lambda known, numbers: known << (numbers[0] & 63))

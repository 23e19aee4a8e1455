"""The IR of a random module: what is generated, interpreted, printed, and shrunk. Pure.

Any part of a body may be removed. An operand whose definition is gone or out of scope is zero, for the
printer and the interpreter alike, so that the rest is a valid module with known values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Where the suite's runtime links its `capture`: the one callee that every target can name.
CAPTURE = 0x20000000


@dataclass(frozen=True, slots=True)
class Name:
    """The value `%vN`, of a type as LLVM writes it."""

    type: str
    number: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: its bits, those of an IEEE number for a float; None is undef."""

    type: str
    bits: int | None


@dataclass(frozen=True, slots=True)
class SymbolAddress:
    """The address of a symbol."""

    name: str
    type: str = "ptr"


Operand = Name | Literal | SymbolAddress


@dataclass(frozen=True, slots=True)
class Parameter:
    """`%vN`, with the value that its only caller passes. `byval`: the pointee's type, a copy of @blob."""

    number: int
    value: Literal | SymbolAddress
    byval: str = ""

    @property
    def type(self) -> str:
        """The parameter's type."""
        return self.value.type


@dataclass(frozen=True, slots=True)
class Alloca:
    """An object in the frame; its first 64 bits are `content`.

    With a `count` of 1 to 3 it is an array of a size that the compiler does not know.
    """

    number: int
    element: str
    align: int
    count: int
    content: Operand


@dataclass(frozen=True, slots=True)
class Binary:
    """`%vN = opcode type left, right`."""

    number: int
    type: str
    opcode: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Convert:
    """`%vN = opcode operand to type`: zext, sext, trunc, fpext."""

    number: int
    type: str
    opcode: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function that does nothing: caller-saved registers are free after it."""


@dataclass(frozen=True, slots=True)
class Site:
    """A patch point, or with `callee` None a stack map. `number` is that of its i64 result, if it has one.

    `destroyed` is a register clobbered before and after it, so that no value is kept there.
    """

    id: int
    num_bytes: int
    callee: Operand | None
    convention: str
    number: int | None
    arguments: tuple[Operand, ...]
    live: tuple[Operand, ...]
    destroyed: str = ""

    @property
    def recorded(self) -> tuple[Operand, ...]:
        """The values of the record's locations but the result; with anyregcc the arguments come first."""
        return (*self.arguments, *self.live) if self.convention == "anyregcc" else self.live

    @property
    def result_recorded(self) -> bool:
        """Whether the first location is that of the result."""
        return self.number is not None and self.convention == "anyregcc"


@dataclass(frozen=True, slots=True)
class Branch:
    """The body runs if the operand, of type i64, is `wanted`. `number` merges two values after it."""

    number: int
    operand: Operand
    wanted: int
    inside: Operand
    outside: Operand
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """The body runs `count` times, at least once; `number` is an i64 induction variable."""

    number: int
    count: int
    start: Operand
    step: Operand
    body: tuple[Statement, ...]


Statement = Alloca | Binary | Convert | Call | Site | Branch | Loop


@dataclass(frozen=True, slots=True)
class IRFunction:
    """One function. `kept` are stored at its end, `result` (i64) is returned."""

    name: str
    convention: str
    attributes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    kept: tuple[Operand, ...]
    result: Operand


@dataclass(frozen=True, slots=True)
class IRModule:
    """Functions, the target they are for, and the options llc is to compile them with."""

    seed: int
    target: str
    level: int
    live_outs: bool
    functions: tuple[IRFunction, ...]


def sites(body: tuple[Statement, ...]) -> Iterator[Site]:
    """Every site of a body, in the order of its text."""
    for one in body:
        if isinstance(one, Site):
            yield one
        elif isinstance(one, Branch | Loop):
            yield from sites(one.body)

"""Decodes instructions: where they begin, and whether each is a call, a nop, or something else.

If the instruction set's encoding gives the length, that rule is used: it also works for instructions that
capstone does not know. Otherwise, as on x86-64, capstone gives the length.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.stackmaps.objects.image import Image
from harness.targets import registry

if TYPE_CHECKING:
    import capstone


class Role(enum.Enum):
    """What an instruction does in a reserved region."""

    NOP = "a nop"
    PREPARE = "part of a call"
    CALL = "a call"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, `offset` in bytes from the start of the code that was decoded."""

    offset: int
    size: int
    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Undecoded:
    """Decoding stopped at `offset`; `why` is the reason."""

    offset: int
    why: str


class Decoder:
    """Decodes the instructions of one target from a known start."""

    def __init__(self, image: Image) -> None:
        self.machine = image.machine
        self.target = registry.find(image.machine)
        self.decoding = self.target.decoding if self.target else None
        self.order = image.order
        self.pointer_size = image.pointer_size
        self.engine: capstone.Cs | None = None

    def boundaries(self, code: bytes, end: int) -> tuple[frozenset[int], Undecoded | None]:
        """Where instructions begin, up to and including `end`, and where decoding stopped before it."""
        found = {0}
        at = 0
        disassembled = self.decoding is not None and self.target is not None and self.target.length is None
        lengths = self._disassembled(code) if disassembled else self._lengths(code)
        for length in lengths:
            if at >= end:
                return frozenset(found), None
            if not length:
                return frozenset(found), Undecoded(at, f"capstone does not know the instruction at +{at:#x}")
            at += length
            found.add(at)
        if at < end:
            return frozenset(found), Undecoded(
                at, f"the length of {self.machine}'s instructions is not known"
            )
        return frozenset(found), None

    def _lengths(self, code: bytes) -> Iterator[int]:
        """The length of each instruction by the architecture's rule, as far as it is known."""
        at = 0
        while at < len(code):
            length = self._length(code[at : at + 4])
            if not length or at + length > len(code):
                return
            yield length
            at += length

    def _length(self, word: bytes) -> int:
        """0 if it is unknown, or only capstone can tell."""
        return self.target.length(word, self.order) if self.target and self.target.length else 0

    def _disassembled(self, code: bytes) -> Iterator[int]:
        engine = self._engine()
        at = 0
        while at < len(code):
            for _, size, _, _ in engine.disasm_lite(code[at:], at):
                yield size
                at += size
            if at < len(code):
                yield 0
                return

    def instructions(self, code: bytes) -> Iterator[Instruction | Undecoded]:
        """The instructions of a region; the last one is Undecoded if not all could be read."""
        if self.decoding is None:
            yield Undecoded(0, f"capstone does not know {self.machine}")
            return
        engine = self._engine()
        at = 0
        while at < len(code):
            length = self._length(code[at : at + 4])
            if length and self._is_nop(code[at : at + length]):
                yield Instruction(at, length, "nop", Role.NOP)
                at += length
                continue
            one = next(iter(engine.disasm_lite(code[at:], at, 1)), None)
            if one is None or (length and one[1] != length):
                yield Undecoded(at, f"capstone does not know {code[at : at + (length or 8)].hex(' ')}")
                return
            _, size, mnemonic, operands = one
            yield Instruction(at, size, f"{mnemonic} {operands}".strip(), self._role(mnemonic, operands))
            at += size

    def _is_nop(self, code: bytes) -> bool:
        return self.decoding is not None and self.decoding.is_nop(code, self.order)

    def _role(self, mnemonic: str, operands: str) -> Role:
        assert self.decoding is not None
        # capstone writes x86's prefixes into the mnemonic: `data16 nop`, `repne nop`.
        word = mnemonic.rsplit(maxsplit=1)[-1]
        text = f"{word} {operands}"
        if self.decoding.nop and self.decoding.nop.fullmatch(text):
            return Role.NOP
        if word in self.decoding.calls:
            return Role.CALL
        return Role.PREPARE if self.decoding.prepare.fullmatch(text) else Role.OTHER

    def _engine(self) -> capstone.Cs:
        if self.engine is None:
            self.engine = self._new_engine()
        return self.engine

    def _new_engine(self) -> capstone.Cs:
        import capstone

        assert self.decoding is not None
        arch, modes = self.decoding.engine(self.order, self.pointer_size)
        return capstone.Cs(getattr(capstone, arch), sum(getattr(capstone, mode) for mode in modes))

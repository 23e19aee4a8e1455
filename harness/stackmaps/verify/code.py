"""Instructions: where they begin, and whether a reserved region is a call, nops, or neither.

Where the instruction set says how long an instruction is, that rule is used: it holds for instructions that
capstone does not know. On x86-64 capstone says it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.stackmaps.objects.image import Image

if TYPE_CHECKING:
    import capstone


class Role(enum.Enum):
    """What an instruction may be doing in a reserved region."""

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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a call of a patch point is made of beside the call itself: the target's address put together in a
# register, and on PowerPC the table of contents saved, loaded and restored.
_PREPARE: Mapping[str, re.Pattern[str]] = {
    "x86-64": re.compile(r"mov(abs)? \w+, (0x)?[0-9a-f]+"),
    "aarch64": re.compile(
        r"mov[zkn]? x\d+, #.*|adrp x1[67], #.*"
        r"|add (?P<sum>x1[67]), (?P=sum), #.*|ldr (?P<slot>x1[67]), \[(?P=slot).*\]"
    ),
    "ppc64": re.compile(
        r"(li|lis|ori|oris|rldic|rldicr|sldi|mtctr) .*|(std|ld) r?2, .*|ld r?(?P<to>\d+), 0\(r?(?P=to)\)"
    ),
    "s390x": re.compile(r"(llilf|iihf) %r\d+, .*"),
    "riscv": re.compile(r"(c\.)?(lui|auipc|addi|addiw|slli|srli|li|xori) (ra|t\d), .*"),
}
_CALL: Mapping[str, frozenset[str]] = {
    "x86-64": _words("call"),
    "aarch64": _words("bl blr"),
    "ppc64": _words("bl bctrl"),
    "s390x": _words("basr brasl"),
    "riscv": _words("jalr c.jalr jal c.jal"),
}
_NOP_BITS: Mapping[str, Callable[[bytes], bool]] = {
    "aarch64": lambda code: code == b"\x1f\x20\x03\xd5",
    "ppc64": lambda code: code == b"\x60\0\0\0",
    # bcr, bc and brc or brcl that branch on no condition.
    "s390x": lambda code: (
        (code[0] in {0x07, 0x47} and code[1] < 0x10) or (code[0] in {0xA7, 0xC0} and code[1] == 0x04)
    ),
    "riscv": lambda code: code in {b"\x13\0\0\0", b"\x01\0"},
}


@dataclass(frozen=True, slots=True)
class Undecoded:
    """Decoding stopped at `offset`; `why` says what is lacking."""

    offset: int
    why: str


class Decoder:
    """The instructions of one target, decoded from a known beginning."""

    def __init__(self, image: Image) -> None:
        self.machine = image.machine
        self.order = image.order
        self.pointer_size = image.pointer_size
        self.engine: capstone.Cs | None = None

    def boundaries(self, code: bytes, end: int) -> tuple[frozenset[int], Undecoded | None]:
        """Where instructions begin, up to and with `end`; and where that could not be found out any more."""
        found = {0}
        at = 0
        lengths = self._x86_lengths(code) if self.machine == "x86-64" else self._lengths(code)
        for length in lengths:
            if at >= end:
                return frozenset(found), None
            if not length:
                return frozenset(found), Undecoded(at, f"capstone does not know the instruction at +{at:#x}")
            at += length
            found.add(at)
        if at < end:
            return frozenset(found), Undecoded(at, f"how long {self.machine}'s instructions are is not known")
        return frozenset(found), None

    def _lengths(self, code: bytes) -> Iterator[int]:
        """The length of each instruction, as the architecture's manual says it; nothing if unknown."""
        at = 0
        while at < len(code):
            length = self._length(code[at : at + 4])
            if not length or at + length > len(code):
                return
            yield length
            at += length

    def _length(self, word: bytes) -> int:
        if self.machine in {"aarch64", "loongarch"}:
            return 4
        if self.machine == "ppc64":
            # Primary opcode 1 is a prefix of Power ISA 3.1: eight bytes.
            return 8 if word[3 if self.order == "little" else 0] >> 2 == 1 else 4
        if self.machine == "s390x":
            return (2, 4, 4, 6)[word[0] >> 6]
        if self.machine == "riscv":
            return 4 if word[0] & 3 == 3 else 2
        return 0

    def _x86_lengths(self, code: bytes) -> Iterator[int]:
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
        if self.machine not in _CALL:
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
        if self.machine == "ppc64" and self.order == "little":
            code = code[::-1]
        return _NOP_BITS[self.machine](code)

    def _role(self, mnemonic: str, operands: str) -> Role:
        # capstone writes x86's prefixes into the mnemonic: `data16 nop`, `repne nop`.
        words = mnemonic.split()
        if self.machine == "x86-64" and (words[-1] == "nop" or (words[-1], operands) == ("xchg", "ax, ax")):
            return Role.NOP
        if words[-1] in _CALL[self.machine]:
            return Role.CALL
        if _PREPARE[self.machine].fullmatch(f"{words[-1]} {operands}"):
            return Role.PREPARE
        return Role.OTHER

    def _engine(self) -> capstone.Cs:
        if self.engine is None:
            self.engine = self._new_engine()
        return self.engine

    def _new_engine(self) -> capstone.Cs:
        import capstone as cs

        big = cs.CS_MODE_BIG_ENDIAN if self.order == "big" else cs.CS_MODE_LITTLE_ENDIAN
        riscv = cs.CS_MODE_RISCV64 if self.pointer_size == 8 else cs.CS_MODE_RISCV32
        arch, mode = {
            "x86-64": (cs.CS_ARCH_X86, cs.CS_MODE_64),
            # Its instructions are little-endian even where data is not.
            "aarch64": (cs.CS_ARCH_ARM64, cs.CS_MODE_LITTLE_ENDIAN),
            "ppc64": (cs.CS_ARCH_PPC, cs.CS_MODE_64 | big),
            "s390x": (cs.CS_ARCH_SYSZ, cs.CS_MODE_BIG_ENDIAN),
            "riscv": (cs.CS_ARCH_RISCV, riscv | cs.CS_MODE_RISCVC),
        }[self.machine]
        return cs.Cs(arch, mode)

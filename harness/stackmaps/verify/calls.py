"""Where a call leads: its instructions, and the relocations of an object, to a place or the reason why not.

What puts a constant address into a register before the call is followed: `movabs`; `movz` and `movk`, or
`adrp` with `add` or `ldr`; `li`, `oris`, `ori` and `rldic`; `llilf` and `iihf`; `lui`, `addi` and `slli`.
They are read from capstone's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.stackmaps import target
from harness.stackmaps.objects.image import Fixup, Form, Image, Reference
from harness.stackmaps.verify.code import Instruction, Role

_ALL = 2**64 - 1
# Thunks that jump to what is in a register: retpolines, those against LVI, those of the kernel.
_THUNK = re.compile(r"_?(?:__llvm_(?:external_)?retpoline|__llvm_lvi_thunk|__x86_indirect_thunk)_(\w+)")
_WHOLE_X86 = re.compile(r"r(?:[a-d]x|[sb]p|[sd]i|\d+)")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A call that leads nobody knows where; `why` says what hides it."""

    why: str


Goal = Reference | Hidden


def absolute(value: int) -> Reference:
    """An address that is in no section."""
    return Reference("", None, value & _ALL)


@dataclass(frozen=True, slots=True)
class Calls:
    """Follows the calls of one section. `fixups` are its relocations, by their places."""

    image: Image
    section: int
    fixups: Mapping[int, Fixup]

    def goal(self, instructions: Sequence[Instruction], data: bytes, start: int) -> Goal:
        """Where the last of these instructions, a call, leads. `data` is theirs, from `start` of the section.

        They are all that is known to run before it.
        """
        state = _State(self, data, start)
        *before, call = instructions
        for one in before:
            state.run(one)
        found = _CALLS[self.image.machine](state, call)
        if isinstance(found, Hidden) or not _is_number(found):
            return found
        # An address of a linked file, or of Mach-O, is a place in a section.
        return self.image.locate(found.offset) or found

    def there(self, offset: int) -> Reference:
        """The place at an offset from the section's start, which may be outside of it."""
        section = self.image.sections[self.section]
        if 0 <= offset < len(section.data):
            return Reference("", self.section, offset)
        return absolute(section.address + offset)


@dataclass(frozen=True, slots=True)
class _Upper:
    """What RISC-V's auipc put into a register: the instruction, and how far it adds to its own address."""

    instruction: Instruction
    distance: int


class _State:
    """What the registers hold, as far as it is known, while the instructions before a call are followed."""

    def __init__(self, calls: Calls, data: bytes, start: int) -> None:
        self.calls = calls
        self.machine = calls.image.machine
        self.data = data
        self.start = start
        self.registers: dict[str, Reference | _Upper] = {"zero": absolute(0)}

    def word(self, one: Instruction) -> int:
        """An instruction as the manuals number its bits: AArch64's are little-endian in all files."""
        order = "little" if self.machine == "aarch64" else self.calls.image.order
        return int.from_bytes(self.bytes_of(one), order)

    def bytes_of(self, one: Instruction) -> bytes:
        """The bytes of an instruction."""
        return self.data[one.offset : one.offset + one.size]

    def fixup(self, one: Instruction, offset: int = 0) -> Fixup | None:
        """The relocation at a byte of an instruction."""
        return self.calls.fixups.get(self.start + one.offset + offset)

    def touched(self, one: Instruction) -> bool:
        """Whether a relocation changes an instruction."""
        return any(self.fixup(one, at) is not None for at in range(one.size))

    def run(self, one: Instruction) -> None:
        """Follow an instruction before the call; another call leaves nothing known."""
        if one.role is Role.NOP:
            return
        if one.role is Role.CALL:
            self.registers.clear()
            return
        mnemonic, _, operands = one.text.partition(" ")
        name, *rest = operands.split(", ")
        found: Reference | _Upper | None = None
        if mnemonic == "mtctr":
            name, found = "ctr", self.registers.get(name)
        elif mnemonic == "ld" and rest == [f"0({name})"]:
            return  # a descriptor's address, and from now on what is in it: IR has the descriptor
        elif mnemonic == "auipc":
            found = _Upper(one, _signed((_number(rest[0]) or 0) << 12, 32))
        elif (step := _STEPS[self.machine].get(mnemonic.removeprefix("c."))) is not None:
            found = self._step(step, one, name, rest)
        if self.machine == "x86-64" and (found is None or not _WHOLE_X86.fullmatch(name)):
            self.registers.clear()  # a part of a register has a name of its own: r11d, r11w, r11b
        self.registers.pop(name, None)
        if found is not None:
            self.registers[name] = found

    def _step(self, step: _Step, one: Instruction, name: str, rest: Sequence[str]) -> Reference | None:
        if self.touched(one):
            # x86-64 has a whole address in an instruction, in its last eight bytes; AArch64 its last twelve
            # bits, or those of a slot of the GOT, after an `adrp` of the same symbol.
            fixup = self.fixup(one, one.size - 8 if self.machine == "x86-64" else 0)
            return fixup.goal if fixup is not None and fixup.form in {Form.VALUE, Form.SLOT} else None
        numbers = [_number(text) for text in rest]
        source = rest[0] if rest and numbers[0] is None else name
        held = self.registers.get(source)
        known = held.offset if isinstance(held, Reference) and _is_number(held) else None
        value = step(known, [number for number in numbers if number is not None])
        return None if value is None else absolute(value)

    def register(self, name: str, distance: int = 0) -> Goal:
        """Where a call through a register leads, or so far from what is in it."""
        found = self.registers.get(name)
        if isinstance(found, _Upper):
            return self.relative(found.instruction, found.distance + distance)
        if found is None or (distance and not _is_number(found)):
            return Hidden(f"it goes through {name}")
        return absolute(found.offset + distance) if distance else found

    def relative(self, one: Instruction, distance: int, offset: int = 0) -> Goal:
        """Where a call over a distance leads, whose relocation is at a byte of the instruction."""
        fixup = self.fixup(one, offset)
        if fixup is None and not self.touched(one):
            return self.calls.there(self.start + one.offset + distance)
        if fixup is None or fixup.form is not Form.CALL:
            return Hidden("its relocation is not a call's")
        return fixup.goal


def _is_number(one: Reference) -> bool:
    return one.section is None and not one.symbol


# What an instruction makes of the register it reads (None if that is not known) and its numbers.
_Step = Callable[[int | None, Sequence[int]], int | None]


def _number(text: str) -> int | None:
    found = re.fullmatch(r"(?:lsl )?#?(?P<minus>-?)(?:0x(?P<hex>[0-9a-f]+)|(?P<decimal>\d+))", text)
    if found is None:
        return None
    value = int(found["hex"], 16) if found["hex"] else int(found["decimal"])
    return -value if found["minus"] else value


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _ALL


def _mask(first: int, last: int) -> int:
    """PowerPC's: ones from bit `first` to `last`, counted from the left."""
    return (_ALL >> first) & (_ALL << (63 - last)) & _ALL


def _load(bits: int, shift: int = 0) -> _Step:
    """A number alone, sign-extended from so many bits after the shift."""
    return lambda _known, numbers: _signed(numbers[0] << shift, bits) if len(numbers) == 1 else None


def _change(function: Callable[[int, Sequence[int]], int], count: int = 1) -> _Step:
    """A function of the register and of `count` numbers."""
    return lambda known, numbers: (
        None if known is None or len(numbers) != count else function(known, numbers) & _ALL
    )


def _nothing(_known: int | None, _numbers: Sequence[int]) -> int | None:
    """What is not followed."""
    return None


def _movz(_known: int | None, numbers: Sequence[int]) -> int | None:
    """AArch64's 16 bits of a number, moved to the left if that is said."""
    return numbers[0] << (*numbers, 0)[1] if numbers else None


def _movk(known: int | None, numbers: Sequence[int]) -> int | None:
    """The same put into what is there."""
    if known is None or not numbers:
        return None
    shift = (*numbers, 0)[1]
    return known & ~(0xFFFF << shift) | numbers[0] << shift


_OR = _change(lambda known, numbers: known | numbers[0])
_SLLI = _change(lambda known, numbers: known << (numbers[0] & 63))
_ADDIW = _change(lambda known, numbers: _signed(known + numbers[0], 32))
_STEPS: Mapping[str, Mapping[str, _Step]] = {
    "x86-64": {"movabs": _load(64), "mov": _load(64)},
    # `add` and `ldr` count only with a relocation.
    "aarch64": {"mov": _movz, "movz": _movz, "movk": _movk, "add": _nothing, "ldr": _nothing},
    "ppc64": {
        "li": _load(16),
        "lis": _load(32, 16),
        "ori": _OR,
        "oris": _change(lambda known, numbers: known | numbers[0] << 16),
        "sldi": _SLLI,
        "rotldi": _change(lambda known, numbers: _rotated(known, numbers[0] & 63)),
        "rldic": _change(
            lambda known, n: _rotated(known, n[0] & 63) & _mask(n[1] & 63, 63 - (n[0] & 63)), count=2
        ),
        "rldicr": _change(lambda known, n: _rotated(known, n[0] & 63) & _mask(0, n[1] & 63), count=2),
    },
    "s390x": {
        "llilf": _load(64),
        "iihf": _change(lambda known, numbers: known & 0xFFFF_FFFF | numbers[0] << 32),
    },
    "riscv": {
        "lui": _load(32, 12),
        "li": _load(64),
        "addi": _change(lambda known, numbers: known + numbers[0]),
        "addiw": _ADDIW,
        "slli": _SLLI,
        "srli": _change(lambda known, numbers: known >> (numbers[0] & 63)),
        "xori": _change(lambda known, numbers: known ^ numbers[0]),
        "ori": _OR,
        "not": _change(lambda known, _numbers: ~known, count=0),
    },
}


def _x86(state: _State, one: Instruction) -> Goal:
    code = state.bytes_of(one)
    operand = one.text.rpartition("call ")[2]
    if re.fullmatch(r"-?(0x)?[0-9a-f]+", operand):
        distance = one.size + int.from_bytes(code[-4:], "little", signed=True)
        goal = state.relative(one, distance, one.size - 4)
        thunk = _THUNK.fullmatch(goal.symbol) if isinstance(goal, Reference) else None
        return state.register(thunk[1]) if thunk else goal
    if not operand.startswith("qword ptr [rip"):
        return Hidden(f"it goes through memory, {operand}") if "[" in operand else state.register(operand)
    fixup = state.fixup(one, one.size - 4)
    return fixup.goal if fixup and fixup.form is Form.SLOT else Hidden("it goes through memory")


def _aarch64(state: _State, one: Instruction) -> Goal:
    if one.text.startswith("blr "):
        return state.register(one.text[4:])
    return state.relative(one, _signed(state.word(one) << 2, 28))


def _ppc64(state: _State, one: Instruction) -> Goal:
    if one.text.startswith("bctrl"):
        return state.register("ctr")
    return state.relative(one, _signed(state.word(one) & 0x3FF_FFFC, 26))


def _s390x(state: _State, one: Instruction) -> Goal:
    if one.text.startswith("basr "):
        return state.register(one.text.rpartition(", ")[2])
    # The distance is in halfwords; the relocation is that of its own bytes.
    return state.relative(one, 2 * int.from_bytes(state.bytes_of(one)[2:], "big", signed=True), 2)


def _riscv(state: _State, one: Instruction) -> Goal:
    word = state.word(one)
    if one.size == 4 and word & 0x7F == 0x6F:
        distance = word >> 31 << 20 | (word >> 12 & 0xFF) << 12 | (word >> 20 & 1) << 11 | word >> 20 & 0x7FE
        return state.relative(one, _signed(distance, 21))
    if one.text.startswith("c.jal "):
        return Hidden(f"nothing reads the distance of `{one.text}`")
    names = target.find("riscv")
    assert names is not None
    number = word >> 15 & 31 if one.size == 4 else word >> 7 & 31
    return state.register(names.names[number], _signed(word >> 20, 12) if one.size == 4 else 0)


_CALLS: Mapping[str, Callable[[_State, Instruction], Goal]] = {
    "x86-64": _x86,
    "aarch64": _aarch64,
    "ppc64": _ppc64,
    "s390x": _s390x,
    "riscv": _riscv,
}

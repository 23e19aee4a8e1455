"""Finds where a call leads, from its instructions and the relocations of an object.

Instructions that put a constant address into a register before the call are followed. `harness.targets` says
how.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.stackmaps.objects.image import Fixup, Image, Reference
from harness.stackmaps.verify.code import Instruction, Role
from harness.targets import registry
from harness.targets.instructions import (
    ALL_ONES,
    Decoding,
    Hidden,
    Relative,
    Step,
    ThroughRegister,
)
from harness.targets.relocations import FixupKind

Goal = Reference | Hidden


def absolute(value: int) -> Reference:
    """An address outside of all sections."""
    return Reference("", None, value & ALL_ONES)


@dataclass(frozen=True, slots=True)
class Calls:
    """Follows the calls of one section. `fixups` are its relocations, by their places."""

    image: Image
    section: int
    fixups: Mapping[int, Fixup]

    def goal(self, instructions: Sequence[Instruction], data: bytes, start: int) -> Goal:
        """Where the last of these instructions, a call, leads. `data` is their bytes, which are at `start` of
        the section. Nothing else is known to run before the call.
        """
        target = registry.find(self.image.machine)
        assert target is not None
        assert target.decoding is not None
        state = _State(self, target.decoding, data, start)
        *before, call = instructions
        for one in before:
            state.run(one)
        found = state.call(call)
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
    """An address in a register that is relative to an instruction's own: RISC-V's auipc."""

    instruction: Instruction
    distance: int


class _State:
    """The known contents of registers, while the instructions before a call are followed."""

    def __init__(self, calls: Calls, decoding: Decoding, data: bytes, start: int) -> None:
        self.calls = calls
        self.decoding = decoding
        self.data = data
        self.start = start
        self.registers: dict[str, Reference | _Upper] = {"zero": absolute(0)}

    def call(self, one: Instruction) -> Goal:
        """Where a call leads."""
        code = self.data[one.offset : one.offset + one.size]
        found = self.decoding.operand(one.text, code, self.decoding.order or self.calls.image.order)
        if isinstance(found, Hidden):
            return found
        if isinstance(found, ThroughRegister):
            return self.register(found.name, found.distance)
        if isinstance(found, Relative):
            goal = self.relative(one, found.distance, found.at)
            names = self.decoding.thunk
            thunk = names.fullmatch(goal.symbol) if names and isinstance(goal, Reference) else None
            return self.register(thunk[1]) if thunk else goal
        fixup = self.fixup(one, found.at)
        return fixup.goal if fixup and fixup.kind is FixupKind.SLOT else Hidden("it goes through memory")

    def fixup(self, one: Instruction, offset: int = 0) -> Fixup | None:
        """The relocation at a byte of an instruction."""
        return self.calls.fixups.get(self.start + one.offset + offset)

    def touched(self, one: Instruction) -> bool:
        """Whether a relocation changes an instruction."""
        return any(self.fixup(one, at) is not None for at in range(one.size))

    def run(self, one: Instruction) -> None:
        """Follow an instruction before the call. After another call nothing is known."""
        if one.role is Role.NOP:
            return
        if one.role is Role.CALL:
            self.registers.clear()
            return
        constants = self.decoding.constants
        if constants.same and constants.same.fullmatch(one.text):
            return
        mnemonic, _, operands = one.text.partition(" ")
        name, *rest = operands.split(", ")
        found: Reference | _Upper | None = None
        if (copied := constants.copies.get(mnemonic)) is not None:
            name, found = copied, self.registers.get(name)
        elif (distance := constants.relative.get(mnemonic)) is not None:
            found = _Upper(one, distance(_number(rest[0]) or 0))
        elif (step := constants.steps.get(mnemonic.removeprefix("c."))) is not None:
            found = self._step(step, one, name, rest)
        if constants.whole and (found is None or not constants.whole.fullmatch(name)):
            self.registers.clear()
        self.registers.pop(name, None)
        if found is not None:
            self.registers[name] = found

    def _step(self, step: Step, one: Instruction, name: str, rest: Sequence[str]) -> Reference | None:
        if self.touched(one):
            inline = self.decoding.constants.inline
            fixup = self.fixup(one, one.size - inline if inline else 0)
            if fixup is None or fixup.kind not in {FixupKind.VALUE, FixupKind.SLOT}:
                return None
            return fixup.goal
        numbers = [_number(text) for text in rest]
        source = rest[0] if rest and numbers[0] is None else name
        held = self.registers.get(source)
        known = held.offset if isinstance(held, Reference) and _is_number(held) else None
        value = step(known, [number for number in numbers if number is not None])
        return None if value is None else absolute(value)

    def register(self, name: str, distance: int = 0) -> Goal:
        """Where a call through a register leads, which adds a distance to it."""
        found = self.registers.get(name)
        if isinstance(found, _Upper):
            return self.relative(found.instruction, found.distance + distance)
        if found is None or (distance and not _is_number(found)):
            return Hidden(f"it goes through {name}")
        return absolute(found.offset + distance) if distance else found

    def relative(self, one: Instruction, distance: int, offset: int = 0) -> Goal:
        """Where a relative call leads, whose relocation is at a byte of the instruction."""
        fixup = self.fixup(one, offset)
        if fixup is None and not self.touched(one):
            return self.calls.there(self.start + one.offset + distance)
        if fixup is None or fixup.kind is not FixupKind.CALL:
            return Hidden("its relocation is not a call's")
        return fixup.goal


def _is_number(one: Reference) -> bool:
    return one.section is None and not one.symbol


def _number(text: str) -> int | None:
    found = re.fullmatch(r"(?:lsl )?#?(?P<minus>-?)(?:0x(?P<hex>[0-9a-f]+)|(?P<decimal>\d+))", text)
    if found is None:
        return None
    value = int(found["hex"], 16) if found["hex"] else int(found["decimal"])
    return -value if found["minus"] else value

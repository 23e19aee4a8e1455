"""Checks locations and live-outs: registers of the target, sizes, slots inside the frame. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.stackmaps.format import DYNAMIC, Kind, LiveOut, Location
from harness.targets.target import Target

# The widest register is 64 bytes (AVX-512), and so are eight RISC-V vector registers of minimum width.
_WIDEST = 64
# The size LLVM records for a constant of any type: StackMaps::parseOperand, sizeof(int64_t).
_CONSTANT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """What bounds the slots of a function: its stack size, and the target's conventions.

    `fixed_pointer`: the frame pointer is at the target's `frame_top`, which is not true on Windows.
    """

    target: Target
    stack_size: int
    pointer_size: int
    fixed_pointer: bool

    def bounds(self, base: int) -> tuple[int, int | None]:
        """The lowest offset of a slot from a base, and where the frame ends, if known."""
        target = self.target
        if base == target.stack_pointer:
            return -target.red_zone, self.stack_size
        top = target.frame_top if self.fixed_pointer and base == target.frame_pointers[0] else None
        return (top or 0) - self.stack_size - target.red_zone, top


def check_locations(found: Sequence[Location], constants: int, frame: Frame | None) -> Iterator[str]:
    """What is wrong with the locations of a record; `constants` is their number in the map."""
    for index, one in enumerate(found):
        for what in _location(one, constants, frame):
            yield f"location {index}: {what}"


def _is_foreign(number: int | None, frame: Frame | None) -> bool:
    """Whether a register is of another processor: a known defect, reported once per record."""
    found = frame.target.foreign_registers if frame else None
    return found is not None and number is not None and found.first <= number <= found.last


def foreign_registers(locations: Sequence[Location], outs: Sequence[LiveOut], frame: Frame | None) -> str:
    """The record's registers of another processor, as text; empty if there are none."""
    return "; ".join(
        f"{noun}{'s' if len(indices) > 1 else ''} {_ranges(indices)}"
        for noun, registers in (
            ("location", [one.dwarf_register if one.kind is Kind.REGISTER else None for one in locations]),
            ("live-out", [one.dwarf_register for one in outs]),
        )
        if (indices := [index for index, number in enumerate(registers) if _is_foreign(number, frame)])
    )


def _ranges(numbers: Sequence[int]) -> str:
    """`1, 3, 40 to 58` of ascending numbers."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def _location(one: Location, constants: int, frame: Frame | None) -> Iterator[str]:
    if not one.size:
        yield "its size is 0"
    if one.kind in {Kind.CONSTANT, Kind.CONSTANT_INDEX}:
        if one.size not in {0, _CONSTANT_BYTES}:
            yield f"a constant of {one.size} bytes, not {_CONSTANT_BYTES}"
        if one.dwarf_register:
            yield f"a constant with register R#{one.dwarf_register}"
        if one.kind is Kind.CONSTANT_INDEX and not 0 <= one.offset < constants:
            yield f"constant {one.offset} of {constants}"
        return
    if frame is None:
        return
    name = frame.target.register(one.dwarf_register)
    if one.kind is Kind.REGISTER and _is_foreign(one.dwarf_register, frame):
        return
    if not frame.target.has_register(one.dwarf_register):
        yield f"{name} is not a register of {frame.target.name}"
    elif one.kind is Kind.REGISTER:
        if one.size > _WIDEST:
            yield f"{one.size} bytes in {name}, more than any register has"
        if not 0 <= one.offset < 8 * _WIDEST:
            yield f"{one.offset} bits into {name}"
    else:
        yield from _slot(one, frame, name)


def _slot(one: Location, frame: Frame, name: str) -> Iterator[str]:
    """A stack slot: its base, and its place in the frame or among the caller's arguments above it."""
    target = frame.target
    if one.dwarf_register not in {target.stack_pointer, *target.frame_pointers}:
        yield f"{name} is neither stack, frame nor base pointer of {target.name}"
        return
    if one.kind is Kind.DIRECT and one.size not in {0, frame.pointer_size}:
        yield f"an address of {one.size} bytes, not {frame.pointer_size}"
    if frame.stack_size == DYNAMIC:
        return
    lowest, top = frame.bounds(one.dwarf_register)
    # The size of the object at an address is not recorded.
    end = one.offset + (one.size if one.kind is Kind.INDIRECT else 0)
    if one.offset < lowest:
        yield f"{name} + {one.offset} is below the frame of {frame.stack_size} bytes"
    elif top is not None and end > top and one.offset < top + target.above_frame:
        yield f"bytes {one.offset} to {end} from {name} cross the end of the frame at {top}"


def check_live_outs(found: Sequence[LiveOut], frame: Frame | None) -> Iterator[str]:
    """What is wrong with the live-outs of a record."""
    target = frame.target if frame else None
    before = -1
    for index, one in enumerate(found):
        number = one.dwarf_register
        if number == before:
            yield f"live-out {index}: R#{before} twice"
        elif number < before:
            yield f"live-out {index}: R#{number} after R#{before}, not sorted"
        before = number
        if not 0 < one.size <= _WIDEST:
            yield f"live-out {index}: {one.size} bytes of R#{number}"
        if target and not target.has_register(number) and not _is_foreign(number, frame):
            yield f"live-out {index}: R#{number} is not a register of {target.name}"

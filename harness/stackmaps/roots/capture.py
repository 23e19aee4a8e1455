"""The state of a program at a site, registers and stack, as the suite's runtime captures it.

The runtime is lit-tests/AOT/Inputs/<machine>.s. Its `capture` writes one stop after the other to standard
output, in the target's byte order: the eight characters of MAGIC, four words of 64 bits (the address it
returns to, the site's stack pointer, the first address of the stack it copied and how many bytes), the
registers of each of the target's banks, the stack's bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from harness.errors import UsageError
from harness.targets import registry
from harness.targets.instructions import ByteOrder
from harness.targets.target import Bank

MAGIC = b"CAPTURE1"
_NEXT = "give what a program linked with the suite's runtime wrote to its standard output"


@dataclass(frozen=True, slots=True)
class CapturedStop:
    """One stop: registers by DWARF number, bytes as they are in memory, and a piece of the stack."""

    return_address: int
    stack_pointer: int
    registers: Mapping[int, bytes]
    start: int
    memory: bytes

    def read(self, address: int, size: int) -> bytes | None:
        """Bytes of the stack; None if some of them were not captured."""
        begin = address - self.start
        if begin < 0 or begin + size > len(self.memory):
            return None
        return self.memory[begin : begin + size]


def parse(data: bytes, machine: str, order: ByteOrder) -> tuple[CapturedStop, ...]:
    """Every stop, in execution order. Raises UsageError."""
    target = registry.find(machine)
    if target is None or not target.banks:
        known = ", ".join(one.name for one in registry.TARGETS if one.banks)
        raise UsageError(f"the registers of {machine} cannot be captured", f"use one of {known}")
    stops, at = [], 0
    while at < len(data):
        stop, at = _stop(data, at, target.banks, order)
        stops.append(stop)
    return tuple(stops)


def _stop(data: bytes, at: int, banks: tuple[Bank, ...], order: ByteOrder) -> tuple[CapturedStop, int]:
    header = struct.Struct(("<" if order == "little" else ">") + "8s4Q")
    registers = at + header.size
    memory = registers + sum(bank.size for bank in banks)
    if memory > len(data):
        raise UsageError(
            f"byte {at}: a stop takes {memory - at} bytes or more, {len(data) - at} are left", _NEXT
        )
    magic, address, pointer, start, length = header.unpack_from(data, at)
    if magic != MAGIC:
        raise UsageError(f"byte {at}: {magic!r} is not {MAGIC!r}", _NEXT)
    if memory + length > len(data):
        raise UsageError(f"byte {at}: {length} bytes of stack, {len(data) - memory} are left", _NEXT)
    starts = accumulate((bank.size for bank in banks), initial=registers)
    values = {
        bank.first + n: data[place + n * bank.width : place + (n + 1) * bank.width]
        for bank, place in zip(banks, starts, strict=False)
        for n in range(bank.count)
    }
    return CapturedStop(address, pointer, values, start, data[memory : memory + length]), memory + length

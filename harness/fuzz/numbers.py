"""The bits of floating-point numbers, by the LLVM names of their types. Pure."""

from __future__ import annotations

import struct

FLOATS = {"half": ("e", 2), "float": ("f", 4), "double": ("d", 8)}


def width(type_name: str) -> int:
    """The width of a scalar type in bits."""
    if type_name in FLOATS:
        return 8 * FLOATS[type_name][1]
    return 64 if type_name == "ptr" else int(type_name.removeprefix("i"))


def to_bits(type_name: str, value: float) -> int:
    """The bits of a number, rounded to its type."""
    return int.from_bytes(struct.pack(f">{FLOATS[type_name][0]}", value), "big")


def from_bits(type_name: str, bits: int) -> float:
    """The number that has these bits."""
    letter, size = FLOATS[type_name]
    (value,) = struct.unpack(f">{letter}", bits.to_bytes(size, "big"))
    return float(value)


def to_signed(bits: int, size: int) -> int:
    """A number in two's complement, as signed."""
    return bits - (1 << size) if bits >> (size - 1) else bits

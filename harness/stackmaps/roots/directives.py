"""Parses the `ROOTS` directives of a test into typed values. Pure.

    ; ROOTS: 7: i64 0x1122334455667788, i32 -5, double 1.5, ptr to i64 42, ptr @slot, any

The number is the record's id; the values are those of its locations, in order. One directive describes
one stop at that id; the second directive of that id describes the second stop.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Literal

from harness.errors import UsageError
from harness.stackmaps.format import Kind

_DIRECTIVE = re.compile(r"^\W*ROOTS:\s*(?P<id>-?[0-9]{1,20}):\s*(?P<values>.*?)\s*$")
_LIKE = re.compile(r"\bROOTS\b.*:")
_VALUE = re.compile(
    r"(?P<to>ptr to )?(?P<type>i8|i16|i32|i64|float|double|ptr) (?P<value>[-+.\w@]+)(?: in (?P<kind>\w+))?"
)
_BITS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "ptr": 64, "float": 32, "double": 64}
_KINDS = {kind.label: kind for kind in Kind}
_NEXT = "write a type and a value, such as i64 5, double 1.5, ptr @name, ptr to i8 7, or: any"


@dataclass(frozen=True, slots=True)
class ExpectedValue:
    """The value of one location. `text` is the test's spelling.

    It is `bits`, or the address of `symbol`. `pointee`: the location holds an address, and this is the value
    in memory there. `kind` is the expected kind of location, None for any.
    """

    text: str
    form: Literal["integer", "float", "any"]
    size: int
    bits: int
    symbol: str = ""
    pointee: bool = False
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class ExpectedStop:
    """The expected values at one stop, for all locations of the record `id` (64 bits, unsigned)."""

    id: int
    values: tuple[ExpectedValue, ...]
    line: int


def directives(text: str, name: str) -> tuple[ExpectedStop, ...]:
    """The directives of a test called `name`. Raises UsageError if there are none or one is wrong."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if (match := _DIRECTIVE.match(line)) is not None:
            parts = [part.strip() for part in match["values"].split(",")] if match["values"] else []
            values = tuple(_value(part, f"{name}:{number}") for part in parts)
            found.append(ExpectedStop(int(match["id"]) % 2**64, values, number))
        elif _LIKE.search(line) and not line.lstrip("; #").startswith("RUN"):
            raise UsageError(
                f"{name}:{number}: a ROOTS directive without an id", "write: ROOTS: 7: i64 5, ..."
            )
    if not found:
        raise UsageError(f"{name}: no ROOTS directive", "say what is live: ; ROOTS: 7: i64 5, ...")
    return tuple(found)


def _value(text: str, place: str) -> ExpectedValue:
    if text == "any":
        return ExpectedValue(text, "any", 0, 0)
    match = _VALUE.fullmatch(text)
    if match is None:
        raise UsageError(f"{place}: {text!r} is not a value", _NEXT)
    if match["kind"] and match["kind"] not in _KINDS:
        raise UsageError(
            f"{place}: {match['kind']} is not a kind of location", f"write one of {', '.join(_KINDS)}"
        )
    size = _BITS[match["type"]] // 8
    form: Literal["integer", "float"] = "float" if match["type"] in {"float", "double"} else "integer"
    symbol = match["value"].removeprefix("@") if match["value"].startswith("@") else ""
    bits = 0 if symbol else _bits(match["type"], match["value"], f"{place}: {text!r}")
    kind = _KINDS[match["kind"]] if match["kind"] else None
    return ExpectedValue(text, form, size, bits, symbol, bool(match["to"]), kind)


def _bits(type_name: str, value: str, place: str) -> int:
    """A value's bits: `0x` numbers are the bits, for float and double too."""
    bits = _BITS[type_name]
    try:
        if type_name in {"float", "double"} and not value.startswith("0x"):
            layout = "<d" if bits == 64 else "<f"
            return int.from_bytes(struct.pack(layout, float(value)), "little")
        number = int(value, 0)
    except (ValueError, OverflowError):
        raise UsageError(f"{place}: {value} is not a valid {type_name}", _NEXT) from None
    if not -(2 ** (bits - 1)) <= number < 2**bits:
        raise UsageError(f"{place}: {value} does not fit into {type_name}", _NEXT)
    return number % (1 << bits)

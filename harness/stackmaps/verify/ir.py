"""What the IR promises about its sites: ids, reserved bytes, callees. Pure: text to values."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass


class Intrinsic(enum.Enum):
    """The three intrinsics that leave records, by their names after `llvm.experimental.`."""

    PATCHPOINT = "patchpoint"
    STACKMAP = "stackmap"
    STATEPOINT = "gc.statepoint"


@dataclass(frozen=True, slots=True)
class Callee:
    """The callee of a site: a symbol by its name in the IR, or an address (64 bits, unsigned)."""

    symbol: str = ""
    address: int = 0

    def __str__(self) -> str:
        return f"@{self.symbol}" if self.symbol else f"{self.address:#x}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call of an intrinsic: `num_bytes` is its second operand, `id` its first, unsigned.

    A patch point reserves `num_bytes` from its record's offset on; a statepoint up to it, if they are not
    zero; a stack map needs that many bytes of code after its offset before the next site.
    `function` contains the call, empty if unknown. `callee` is None for a stack map, and for a computed
    pointer.
    """

    intrinsic: Intrinsic
    id: int
    num_bytes: int
    function: str = ""
    callee: Callee | None = None

    def __str__(self) -> str:
        article = f"the {self.intrinsic.value} of {self.num_bytes} bytes"
        return f"{article} in {self.function}" if self.function else article


# Strings come first: a semicolon in a string does not start a comment.
_TOKEN = re.compile(r'"[^"]*"|;[^\n]*')
_DEFINE = r"^define\b[^@\n]*@(?P<function>[-\w.$]+|\"[^\"]*\")\s*\("
_CALL = (
    r"@llvm\.experimental\.(?P<intrinsic>patchpoint|stackmap|gc\.statepoint)[\w.]*\s*\(\s*"
    r"i64\s+(?:\w+\s+)*?(?P<id>-?[0-9]{1,20})\s*,\s*i32\s+(?:\w+\s+)*?(?P<bytes>[0-9]{1,10})\s*[,)]"
)
_SITE = re.compile(f"{_DEFINE}|{_CALL}", re.MULTILINE)
# The third operand: up to the comma or parenthesis that belongs to the call.
_PIECE = re.compile(r'"[^"]*"|[()\[\]{}<>,]')
_NAME = r"@(?P<name>[-\w.$]+|\"[^\"]*\")"
_SYMBOL = re.compile(rf"(?:^|\s){_NAME}$")
_CAST = re.compile(r"\b(?:bitcast|addrspacecast|inttoptr)\s*\(")
_ADDRESS = re.compile(r"i64\s+(?P<address>-?[0-9]{1,20})")
# Types and constants of callees are shorter.
_LONGEST_OPERAND = 8192


def reservations(text: str) -> Iterator[Reservation]:
    """Every call of the three intrinsics in textual IR that has constant operands."""
    code = _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else "", text)
    function = ""
    for found in _SITE.finditer(code):
        if found["function"]:
            function = symbol(found["function"])
        else:
            number, size = int(found["id"]) % 2**64, int(found["bytes"])
            intrinsic = Intrinsic(found["intrinsic"])
            called = intrinsic is not Intrinsic.STACKMAP and code[found.end() - 1] == ","
            callee = _callee(_operand(code, found.end())) if called else None
            yield Reservation(intrinsic, number, size, function, callee)


def _operand(code: str, start: int) -> str:
    """The operand that starts there, with its type."""
    depth = 0
    for piece in _PIECE.finditer(code, start, start + _LONGEST_OPERAND):
        if piece[0] in {"(", "[", "{", "<"}:
            depth += 1
        elif depth and piece[0] in {")", "]", "}", ">"}:
            depth -= 1
        elif not depth and piece[0] in {",", ")"}:
            return code[start : piece.start()].strip()
    return ""


def _callee(operand: str) -> Callee | None:
    """The callee that an operand names. None for computed ones and intrinsics, which LLVM lowers."""
    if re.search(r"\snull$", operand):
        return Callee()
    if (cast := _CAST.search(operand)) is not None:
        operand = operand[cast.end() :].removesuffix(")").rpartition(" to ")[0].strip()
        if (found := _ADDRESS.fullmatch(operand)) is not None:
            return Callee(address=int(found["address"]) % 2**64)
    if (found := _SYMBOL.search(operand)) is None:
        return None
    name = symbol(found["name"])
    return None if name.startswith("llvm.") or name.isdigit() else Callee(name)


def symbol(name: str) -> str:
    """A global's name, from what the IR has after the at sign: `"a\\22b"` is a"b."""
    if not name.startswith('"'):
        return name
    return re.sub(r"\\([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), name[1:-1])

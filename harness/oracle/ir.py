"""What the IR promises about its sites: ids, and how many bytes are reserved. Pure: text to values."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass


class Intrinsic(enum.Enum):
    """The three that leave records, by their names behind `llvm.experimental.`."""

    PATCHPOINT = "patchpoint"
    STACKMAP = "stackmap"
    STATEPOINT = "gc.statepoint"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call of an intrinsic: `num_bytes` is its second operand, `id` its first, unsigned.

    A patch point reserves `num_bytes` from its record's offset on; a statepoint up to it, if they are not
    zero; a stack map wants as many bytes of code behind its offset before anything else is patched.
    `function` is the one it is in, empty if that is not known.
    """

    intrinsic: Intrinsic
    id: int
    num_bytes: int
    function: str = ""


# A string comes first: a semicolon in one starts no comment.
_TOKEN = re.compile(r'"[^"]*"|;[^\n]*')
_DEFINE = r"^define\b[^@\n]*@(?P<function>[-\w.$]+|\"[^\"]*\")\s*\("
_CALL = (
    r"@llvm\.experimental\.(?P<intrinsic>patchpoint|stackmap|gc\.statepoint)[\w.]*\s*\(\s*"
    r"i64\s+(?:\w+\s+)*?(?P<id>-?\d+)\s*,\s*i32\s+(?:\w+\s+)*?(?P<bytes>\d+)\s*[,)]"
)
_SITE = re.compile(f"{_DEFINE}|{_CALL}", re.MULTILINE)


def reservations(text: str) -> Iterator[Reservation]:
    """Every call of the three intrinsics in textual IR; those with operands that are no constants are not."""
    code = _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else "", text)
    function = ""
    for found in _SITE.finditer(code):
        if found["function"]:
            function = found["function"].strip('"')
        else:
            number, size = int(found["id"]) % 2**64, int(found["bytes"])
            yield Reservation(Intrinsic(found["intrinsic"]), number, size, function)

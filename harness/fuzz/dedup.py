"""What an oracle objects to, and the dedup key that makes two objections one finding. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.crash.commonplace import Scope, scope, telling
from harness.model import Signature
from harness.stackmaps.verify.findings import Violation


@dataclass(frozen=True, slots=True)
class Defect:
    """One objection. `key` is its dedup key, free of what differs from seed to seed; `text` is the oracle's.

    `oracle` is crash, refused, verify, records, run or roots. `id` is that of the record, if any; `function`
    is the function's name, empty if it is not known yet.
    """

    oracle: str
    key: str
    text: str
    function: str = ""
    id: int | None = None

    @property
    def name(self) -> tuple[str, str]:
        """What makes two defects of one target one finding."""
        return (self.oracle, self.key)


_NUMBER = re.compile(r"-?\b(?:0x[0-9a-f]+|\d+)\b")
_ROOT = re.compile(
    r"location \d+ \((?P<kind>\w+)(?: R#\d+ ?(?P<register>[a-z]\w*)?)?[^)]*\): "
    r"expected (?P<to>ptr to )?(?P<type>\w+).*?, (?P<what>.*)"
)
# A wrong value in one of these is a defect of its own.
_SPECIAL = frozenset({"rsp", "sp", "ra", "lr", "r1", "r2", "r15"})

# The runtime captures no register of this kind (VSX on PowerPC): nothing is known about the value.
UNSEEN = "Register: outside the captured stack"


def generalize(text: str) -> str:
    """A text without numbers and the names of registers."""
    text = re.sub(r"^(?:(?:location|live-out) \d+|<unknown>:0:0: in function .*\)): ", "", text)
    return _NUMBER.sub("N", re.sub(r"R#\d+(?: (?!is\b|and\b|twice\b|after\b)[a-z]\w*)?", "R#", text))


def of_crash(found: Signature) -> Defect:
    """llc died. If many bugs share what it said, a frame that tells them apart is part of the key."""
    frames = (telling(found.frames) or found.frames) if scope(found) is Scope.PLACE else ()
    frame = f" in {frames[0]}" if frames else ""
    key = f"{found.kind.value}: {_NUMBER.sub('N', found.message)}{frame}"
    place = f" ({found.location})" if found.location else ""
    return Defect("crash", key, f"{found.kind.value}: {found.message}{place}{frame}")


def of_violation(oracle: str, found: Violation) -> Defect:
    """`verify` or `roots` says no. A defect with a name is one defect, wherever in a record it is."""
    what, function, number = found.text, found.place.function, found.place.id
    if found.known:
        return Defect(oracle, generalize(found.known), what, function, number)
    match = _ROOT.search(what)
    if match is None:
        key = generalize(re.sub(r"^(?:line|stop) \d+: ", "", what))
    else:
        key = f"{_location(match['kind'], match['register'] or '')}: {_difference(match['what'])}"
    return Defect(oracle, key, what, function, number)


def _location(kind: str, register: str) -> str:
    """Slots differ by their base register. Values in registers differ only if the register is special."""
    return f"{kind} {register}" if register and (kind != "Register" or register in _SPECIAL) else kind


def _difference(what: str) -> str:
    if "not among" in what:
        return "outside the captured stack"
    return "shorter than its value" if "longer" in what else "another value"

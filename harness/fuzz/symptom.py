"""What an oracle objects to, and the key by which two such objections are the same finding. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.model import CrashKind, Signature


@dataclass(frozen=True, slots=True)
class Symptom:
    """One objection. `key` names it without what differs from seed to seed; `text` is the oracle's own words.

    `oracle` is crash, refused, verify, records, run or roots. `id` is the record's it is about, if any;
    `function` the function's, empty if it is not known yet.
    """

    oracle: str
    key: str
    text: str
    function: str = ""
    id: int | None = None


_NUMBER = re.compile(r"-?\b(?:0x[0-9a-f]+|\d+)\b")
_ROOT = re.compile(r"location \d+ \((?P<kind>\w+)[^)]*\): expected (?P<to>ptr to )?(?P<type>\w+).*?, (?P<what>.*)")


def general(text: str) -> str:
    """A text without numbers and the names of registers."""
    text = re.sub(r"^(?:location|live-out) \d+: ", "", text)
    return _NUMBER.sub("N", re.sub(r"R#\d+(?: (?!is\b|and\b|twice\b|behind\b)[a-z]\w*)?", "R#", text))


def of_crash(found: Signature) -> Symptom:
    """llc died. Limits and signals say little, so their innermost frame of LLVM is part of the key."""
    vague = found.kind in {CrashKind.SIGNAL, CrashKind.LIMIT}
    frame = f" in {found.frames[0]}" if vague and found.frames else ""
    key = f"{found.kind.value}: {_NUMBER.sub('N', found.message)}{frame}"
    place = f" ({found.location})" if found.location else ""
    return Symptom("crash", key, f"{found.kind.value}: {found.message}{place}{frame}")


def of_violation(oracle: str, what: str, function: str, number: int | None) -> Symptom:
    """`verify` or `roots` says no."""
    match = _ROOT.search(what)
    if match is None:
        key = general(re.sub(r"^(?:line|stop) \d+: ", "", what))
    else:
        said = "another value" if match["what"].startswith(("but", "found")) else match["what"]
        said = "outside the captured stack" if "not among" in match["what"] else said
        key = f"{match['kind']}: {match['to'] or ''}{match['type']}: {said}"
    return Symptom(oracle, key, what, function, number)

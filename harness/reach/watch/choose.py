"""Which functions of a program can be watched: those whose first five bytes nothing else needs. Pure."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from harness.reach.names import FunctionName
from harness.reach.watch.program import Label, LinkedProgram
from harness.reach.watch.values import CALL_SIZE, LinkedFunction

# The bytes are put back by one store, which other threads see whole only within a line of the cache.
_LINE = 64
# What assemblers and linkers put between functions: zeros (mold), int3 (lld), and nops with prefixes.
_FILL = (
    bytes.fromhex("00"),
    bytes.fromhex("cc"),
    bytes.fromhex("90"),
    bytes.fromhex("0f1f00"),
    bytes.fromhex("0f1f4000"),
    bytes.fromhex("0f1f440000"),
    bytes.fromhex("0f1f8000000000"),
    bytes.fromhex("0f1f840000000000"),
    bytes.fromhex("2e0f1f840000000000"),
)
_PREFIX = 0x66

OTHER_SEGMENT = "it is not in the code segment"
NO_SIZE = "its size is not known"
SHORT = f"it is shorter than {CALL_SIZE} bytes and code follows"
INSIDE = "it begins inside another function"
CROSSES = "its first bytes are in two lines of the cache"
LABEL = "another symbol is among its first bytes"
ABSENT = "the tool has no function of this name: it is not part of it, or inlined everywhere"
COLD = "it is the cold part of a function, and may be entered behind its beginning"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is watched, by address, and what is not, with the reason.

    Of several functions with one name, one may be here and another there.
    """

    functions: tuple[LinkedFunction, ...]
    unwatched: dict[FunctionName, str]


def choose(program: LinkedProgram, unit_of: Callable[[Label], str]) -> Choice:
    """Every function that can be watched exactly. `unit_of` names the unit of one; empty if it is global."""
    labels = program.labels  # by address
    places = sorted({label.address for label in labels})
    functions: list[LinkedFunction] = []
    unwatched: dict[FunctionName, str] = {}
    reached = 0  # the end of all functions so far
    named = (label for label in labels if label.function and label.name and not _is_stub(label))
    for address, group in itertools.groupby(named, key=lambda label: label.address):
        same = list(group)
        names = tuple(sorted({_name(label, unit_of) for label in same}))
        sizes = [label.size for label in same if label.size]
        why = NO_SIZE
        if sizes:
            why = _obstacle(program, address, min(sizes), same, places)
            why = INSIDE if not why and address < reached else why
            reached = max(reached, address + max(sizes))
        if why:
            unwatched |= dict.fromkeys(names, why)
        else:
            functions.append(LinkedFunction(names, address, max(sizes)))
    return Choice(tuple(functions), unwatched)


def keep_only(
    functions: Sequence[LinkedFunction], wanted: Collection[FunctionName]
) -> tuple[LinkedFunction, ...]:
    """Those of the functions that have one of the names."""
    names = frozenset(wanted)
    return tuple(one for one in functions if not names.isdisjoint(one.names))


def _name(label: Label, unit_of: Callable[[Label], str]) -> FunctionName:
    return FunctionName(unit_of(label), label.name)


def _is_stub(label: Label) -> bool:
    """Whether mold named an entry of the procedure linkage table, which is no function of the tool's."""
    return label.name.endswith("$plt") and not label.size


def _obstacle(
    program: LinkedProgram, address: int, size: int, labels: Sequence[Label], places: Sequence[int]
) -> str:
    """Why the function at an address cannot be watched; empty if it can."""
    code, end = program.code, address + CALL_SIZE
    if not code.address <= address <= code.address + code.file_size - CALL_SIZE:
        return OTHER_SEGMENT
    if any(label.name.endswith(".cold") or ".cold." in label.name for label in labels):
        return COLD
    if bisect.bisect_left(places, end) > bisect.bisect_right(places, address):
        return SHORT if size < CALL_SIZE else LABEL
    if address % _LINE > _LINE - CALL_SIZE:
        return CROSSES
    if size < CALL_SIZE:
        at = address - code.address + size
        following = bisect.bisect_right(places, address)
        limit = places[following] - code.address if following < len(places) else len(program.text)
        if not is_fill(program.text[at : min(limit, at + 2 * _LINE)], CALL_SIZE - size):
            return SHORT
    return ""


def is_fill(text: bytes, size: int) -> bool:
    """Whether at least `size` bytes at the beginning of some code do nothing and belong to no function."""
    done = 0
    for length in _fill(text):
        done += length
        if done >= size:
            return True
    return False


def _fill(text: bytes) -> Iterator[int]:
    """The lengths of the instructions at the beginning that only fill."""
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and text[at] == _PREFIX:
            at += 1
        found = next((one for one in _FILL if text.startswith(one, at)), None)
        if found is None:
            return
        at += len(found)
        yield at - start

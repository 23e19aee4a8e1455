"""Why a hunk does not apply: what it expects and what the file has instead (pure)."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.patch import NO_NEWLINE, Hunk

_SHOWN = 6
# A line that is in the file more often than this (`}`, blank) says nothing about the place.
_COMMON = 20


@dataclass(frozen=True, slots=True)
class Place:
    """The part of a file most like what a hunk expects: from line index `start` to before `end`."""

    start: int
    end: int


def explain(hunk: Hunk, data: bytes) -> str:
    """A few lines that show the first difference between a hunk and the file it should apply to."""
    expected = hunk.side(b"-")
    lines = lines_of(data)
    if not any(mark[:1] == b" " for mark in hunk.lines) and hunk.old_start > 0:
        return "the hunk has no context lines; make the patch with context (`git diff -U3`)"
    if find(_lines_of_new(hunk), lines) is not None:
        return "the file has this change already"
    place = closest(expected, lines, hunk.old_start - 1)
    if place is None:
        return "nothing in the file resembles it; the hunk expects:\n" + _quote("expected", expected)
    there = lines[place.start : place.end]
    remark = _white_space(expected, there)
    if list(expected) == there:
        return _end_of_file(hunk, data)
    matcher = difflib.SequenceMatcher(None, expected, there, autojunk=False)
    _, e1, e2, t1, t2 = next(op for op in matcher.get_opcodes() if op[0] != "equal")
    head = f"closest place: line {place.start + 1}; first difference at line {place.start + t1 + 1}{remark}:"
    return "\n".join(
        filter(None, (head, _quote("expected", expected[e1:e2]), _quote("in file ", there[t1:t2])))
    )


def closest(expected: Sequence[bytes], lines: Sequence[bytes], guess: int) -> Place | None:
    """Where in `lines` most of `expected` is found at one offset; nearest to line index `guess` if several.

    None if the file has no line of it that says anything about the place.
    """
    at: dict[bytes, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        at[line.strip()].append(index)
    votes: Counter[int] = Counter()
    for index, line in enumerate(expected):
        places = at.get(line.strip(), [])
        if line.strip() and len(places) <= _COMMON:
            votes.update(place - index for place in places)
    if not votes:
        return None
    # Lines may be added or removed in the middle: offsets near each other vote for the same place.
    best = max(
        votes,
        key=lambda offset: (
            sum(votes[offset + d] for d in range(-3, 4)),
            votes[offset],
            -abs(offset - guess),
        ),
    )
    start, end = max(0, best), min(len(lines), best + len(expected))
    return Place(start, end)


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a file, without their newlines."""
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


def _lines_of_new(hunk: Hunk) -> tuple[bytes, ...]:
    # A hunk that only removes leaves its context, which proves nothing.
    return hunk.side(b"+") if hunk.count(b"+") else ()


def find(wanted: Sequence[bytes], lines: Sequence[bytes]) -> int | None:
    """The first place in `lines` with all of `wanted`; None if there is none or `wanted` is empty."""
    if not wanted:
        return None
    size = len(wanted)
    first = wanted[0]
    for start in range(len(lines) - size + 1):
        if lines[start] == first and list(lines[start : start + size]) == list(wanted):
            return start
    return None


def _white_space(expected: Sequence[bytes], there: Sequence[bytes]) -> str:
    if [line.rstrip(b"\r") for line in expected] == [line.rstrip(b"\r") for line in there]:
        return " (CR LF line endings on one side only)"
    if [line.split() for line in expected] == [line.split() for line in there]:
        return " (blanks only)"
    return ""


def _end_of_file(hunk: Hunk, data: bytes) -> str:
    """All lines are there, so the hunk fails at the end of the file, or at its last newline."""
    if NO_NEWLINE in hunk.lines or not data.endswith(b"\n"):
        return "all lines are there; the newline at the end of the file differs"
    return "all lines are there, but the hunk starts or ends where the file does not"


def _quote(label: str, lines: Sequence[bytes]) -> str:
    shown = [f"{label} | {line[:200].decode('utf-8', 'replace')}" for line in lines[:_SHOWN]]
    if not lines:
        shown = [f"{label} | (nothing here)"]
    elif len(lines) > _SHOWN:
        shown.append(f"{label} | ... {len(lines) - _SHOWN} more lines")
    return "\n".join(line.rstrip() for line in shown)

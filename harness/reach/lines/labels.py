"""New labels of a `switch`, put where their values went before (pure).

A new `case X` is for values that went to `default` before, or past the switch, as most others do: what was
executed does not tell them from these. So base is counted with the label in it, beside `default` or at the
end of the switch, where it changes nothing; how often a test goes there is then known of the label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# `case` and its value, or `default`, with the colon.
LABEL = re.compile(r"\b(case\b(?:[^:?;{}\"\n]|::)+|default\s*):(?!:)\s*")
_OPENING = {")": "(", "]": "[", "}": "{"}
_SIGN = re.compile(rf"[()\[\]{{}}]|{LABEL.pattern}")
_HARMLESS = re.compile(r"#+\s*(?:define|undef|include|pragma)\b")
_SWITCH = re.compile(r"\bswitch\s*$")


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label that is new in the edit at line `edit` of base's file, and the line and column of its place."""

    edit: int
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A file of base with new labels in it, line by line the same; it does what it does without them."""

    text: str
    labels: tuple[NewLabel, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a label may be put: before a column (from 0) of a line (from 1), perhaps at a switch's end."""

    line: int
    column: int
    is_end: bool


def find_labels(lines: Sequence[str]) -> tuple[str, ...] | None:
    """The labels in lines of code that belong to the switch around them; None if that is not clear.

    Those of a switch in these lines belong to that one.
    """
    found: list[str] = []
    for label, blocks in _labels("\n".join(lines)):
        if not blocks:
            found.append(_tidy(label[1]))
        elif not blocks[-1]:
            return None
    return tuple(found)


def is_in_switch(code: Sequence[str], line: int) -> bool:
    """Whether the innermost block around a line is the body of a switch."""
    bare = ["" if one.startswith("#") else one for one in code]
    return _find_body("\n".join(bare), sum(len(one) + 1 for one in bare[: line - 1])) is not None


def add_labels(old: str, code: Sequence[str], wanted: Sequence[tuple[int, str]]) -> LabelledText | None:
    """A file with these labels, each new at a line; None if the place of one is not clear.

    `code` has its lines without comments and literals, and marks directives with `#`.
    """
    lines = old.split("\n")
    by_place: dict[_Place, list[tuple[int, str]]] = {}
    for edit, text in wanted:
        place = _find_place(lines, code, edit, text)
        if place is None:
            return None
        by_place.setdefault(place, []).append((edit, text))
    if len({place.line for place in by_place}) < len(by_place):
        return None
    found: list[NewLabel] = []
    for place, labels in by_place.items():
        added = ""
        for edit, text in labels:
            found.append(NewLabel(edit, text, place.line, place.column + len(added) + 1))
            added += f"{text}: "
        line = lines[place.line - 1]
        rest = f"break; {line[place.column :]}" if place.is_end else line[place.column :]
        lines[place.line - 1] = f"{line[: place.column]}{added}{rest}"
    return LabelledText("\n".join(lines), tuple(found))


def _find_place(lines: Sequence[str], code: Sequence[str], edit: int, text: str) -> _Place | None:
    """Beside `default` of the switch around a line, or at its end if it has none.

    A test that goes to the label is known to, whatever it does there: so a `default` that a macro or another
    file holds does no harm. What `#if` leaves out might be a brace.
    """
    bare = ["" if line.startswith("#") else line for line in code]
    whole = "\n".join(bare)
    body = _find_body(whole, sum(len(line) + 1 for line in bare[: edit - 1]))
    if body is None:
        return None
    start, stop = body
    first, last = (whole.count("\n", 0, at) for at in body)
    if any(line.startswith("#") and not _HARMLESS.match(line) for line in _heads(code[first : last + 1])):
        return None
    mine = [label for label, blocks in _labels(whole[start:stop]) if not blocks]
    if any(_tidy(label[1]) == text for label in mine):
        return None
    default = next((label for label in mine if _tidy(label[1]) == "default"), None)
    at = stop if default is None else start + default.start()
    number = whole.count("\n", 0, at) + 1
    # Code has lost comments and the white space before it, so the column is that of the one such text.
    there = [*re.finditer(r"\bdefault\s*:" if default is not None else r"^\s*(?=\})", lines[number - 1])]
    if len(there) != 1 or (default is None and whole[at - 1] != "\n"):
        return None
    column = there[0].end() if default is None else there[0].start()
    return _Place(number, column, default is None)


def _heads(code: Sequence[str]) -> Iterator[str]:
    """The lines but those in which a directive goes on."""
    goes_on = False
    for line in code:
        if not goes_on:
            yield line
        goes_on = line.startswith("#") and line.endswith("\\")


def _find_body(code: str, at: int) -> tuple[int, int] | None:
    """What the braces of the innermost block around a place hold, if that is the body of a switch."""
    start, depth = min(at, len(code)) - 1, 0
    while start >= 0 and (depth or code[start] != "{"):
        depth += {"}": 1, "{": -1}.get(code[start], 0)
        start -= 1
    if start < 0 or not _is_body(code[:start]):
        return None
    stop, depth = start + 1, 0
    while stop < len(code) and (depth or code[stop] != "}"):
        depth += {"{": 1, "}": -1}.get(code[stop], 0)
        stop += 1
    return (start + 1, stop) if stop < len(code) else None


def _is_body(before: str) -> bool:
    """Whether a brace after this text opens the body of a switch."""
    head = before.rstrip()
    if not head.endswith(")"):
        return False
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(head[at], 0)
        if not depth:
            return _SWITCH.search(head[max(0, at - 80) : at]) is not None
    return False


def _labels(text: str) -> Iterator[tuple[re.Match[str], list[bool]]]:
    """The labels in a text, each with the blocks around it: whether they are bodies of a switch."""
    stack: list[bool] = []
    for sign in _SIGN.finditer(text):
        if sign[1]:
            yield sign, list(stack)
        elif sign[0] not in _OPENING:
            stack.append(sign[0] == "{" and _is_body(text[: sign.start()]))
        elif stack:
            stack.pop()


def _tidy(label: str) -> str:
    return " ".join(label.split())

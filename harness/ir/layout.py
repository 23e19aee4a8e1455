"""Pure: IR laid out anew: no comments, an instruction each line, one blank where there were some."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from harness.ir.tokens import Token, end_of_group, skip_blanks, text_at
from harness.ir.words import WITH_RESULT, WITHOUT_RESULT

_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def flow(tokens: Sequence[Token]) -> str:
    """An item or an instruction on one line."""
    text = ""
    for token in tokens:
        if token.is_blank:
            text += "" if text.endswith(" ") or not text else " "
        else:
            text += token.text
    return text.rstrip()


def function(tokens: Sequence[Token], body: int, *, cut: bool = False) -> str:
    """A function whose body begins at the bracket `body`; its end is added if it was `cut` off."""
    end = len(tokens) if cut else end_of_group(tokens, body) - 1
    lines = [f"{flow(tokens[:body])} {{"]
    for start, stop in _statements(tokens, body + 1, end):
        text = flow(tokens[start:stop])
        if text:
            lines.append(text if tokens[start].kind == "label" else f"  {text}")
    return "\n".join([*lines, "}"])


def _statements(tokens: Sequence[Token], place: int, end: int) -> list[tuple[int, int]]:
    """Where each label and instruction of a body begins and ends."""
    starts: list[int] = []
    depth = 0
    fresh = True  # whether a line began, or a label ended, just before
    for index in range(place, end):
        token = tokens[index]
        if token.is_blank:
            fresh = fresh or "\n" in token.text
            continue
        if not depth and fresh and (token.kind == "label" or starts_instruction(tokens, index)):
            starts.append(index)
        fresh = token.kind == "label" and not depth
        depth += _DEPTH.get(token.text, 0) if token.kind == "mark" else 0
    first = skip_blanks(tokens, place)
    if first < end and (not starts or starts[0] > first):
        starts.insert(0, first)
    return list(pairwise([*starts, end]))


def starts_instruction(tokens: Sequence[Token], place: int) -> bool:
    """Whether an instruction begins here: `%x = opcode`, or the opcode of one that has no result."""
    token = tokens[place]
    if token.kind == "local":
        equals = skip_blanks(tokens, place + 1)
        return (
            text_at(tokens, equals) == "=" and text_at(tokens, skip_blanks(tokens, equals + 1)) in WITH_RESULT
        )
    return token.kind == "word" and token.text in WITHOUT_RESULT

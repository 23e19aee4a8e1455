"""Pure: definitions for types that are used by name and not defined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.ir.tokens import (
    Token,
    before_blanks,
    end_of_value,
    join,
    pointee,
    skip_blanks,
    split_at_commas,
    text_at,
    tokenize,
)
from harness.ir.uses import is_type, uses

_TYPE = re.compile(r"^(%[\w$.-]+|%\"[^\"]+\") = type\b")
_UNKNOWN = "i64"
_MOST_FIELDS = 64


@dataclass(slots=True)
class _Shape:
    """What indices say about a type: its parts by number. An index that is no constant is one of an array."""

    parts: dict[int, _Shape] = field(default_factory=dict)
    is_array: bool = False
    type: str = _UNKNOWN

    def text(self) -> str:
        if not self.parts:
            return self.type
        size = max(self.parts) + 1
        parts = [self.parts[n].text() if n in self.parts else _UNKNOWN for n in range(size)]
        return f"[{size} x {parts[0]}]" if self.is_array else f"{{ {', '.join(parts)} }}"


def define_types(lines: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The lines after definitions of the types that they lack; and what was made up, in words."""
    known = {found[1] for line in lines if (found := _TYPE.match(line))}
    missing: dict[str, bool] = {}  # whether its size matters
    code = [
        tokenize(line)
        for line in lines
        if not line.startswith(("target ", "source_filename", "attributes ", "!"))
    ]
    for tokens in code:
        for place, token in enumerate(tokens):
            if token.kind != "local" or token.text in known or not is_type(tokens, place):
                continue
            pointed = text_at(tokens, skip_blanks(tokens, place + 1)) in {"*", "addrspace"}
            sized = not pointed or _is_indexed(tokens, place)
            missing[token.text] = missing.get(token.text, False) or sized
    shapes = {name: _Shape({0: _Shape()}) for name, sized in missing.items() if sized}
    for tokens in code if shapes else ():
        for name, path, result in _indices(tokens):
            if name in shapes:
                _grow(shapes[name], path, _type_at(result, code))
    definitions = [
        f"{name} = type {shapes[name].text() if name in shapes else 'opaque'}" for name in sorted(missing)
    ]
    said = (f"definitions of the types {', '.join(sorted(missing))}",) if missing else ()
    return [*definitions, *lines], said


def _is_indexed(tokens: Sequence[Token], place: int) -> bool:
    before = before_blanks(tokens, place)
    before = before_blanks(tokens, before) if text_at(tokens, before) == "(" else before
    return text_at(tokens, before) in {"getelementptr", "inbounds"}


def _indices(tokens: Sequence[Token]) -> Iterator[tuple[str, list[str], str]]:
    """Each named type that a line takes a part of, the part's numbers, and the name of what that gives."""
    first = skip_blanks(tokens, 0)
    result = tokens[first].text if text_at(tokens, skip_blanks(tokens, first + 1)) == "=" else ""
    for place, token in enumerate(tokens):
        if token.kind != "local":
            continue
        if _is_indexed(tokens, place):
            # After the type, the pointer and the index of the whole.
            yield token.text, _parts(tokens, place)[3:], result
        elif text_at(tokens, before_blanks(tokens, place)) in {"extractvalue", "insertvalue"}:
            yield token.text, [part for part in _parts(tokens, place) if part.isdigit()], ""


def _parts(tokens: Sequence[Token], place: int) -> list[str]:
    """The last word of each part between commas, up to a bracket that nothing opened."""
    end = place
    while end < len(tokens) and tokens[end].text not in {")", "]", "}"} and tokens[end].kind != "metadata":
        end = end_of_value(tokens, end)
    return [join(part).strip().rpartition(" ")[2] for part in split_at_commas(tokens[place:end])]


def _grow(shape: _Shape, path: Sequence[str], type_: str) -> None:
    for number in path:
        constant = number.isdigit() and int(number) < _MOST_FIELDS
        shape.is_array = shape.is_array or not constant
        shape = shape.parts.setdefault(int(number) if constant else 0, _Shape())
    if path and not shape.parts and type_:
        shape.type = type_


def _type_at(pointer: str, code: Sequence[Sequence[Token]]) -> str:
    """What a pointer points to, by its type where it is used; empty if nothing says so."""
    if not pointer:
        return ""
    users = (tokens for tokens in code if any(token.text == pointer for token in tokens))
    types = (pointee(tokenize(use.type)) for tokens in users for use in uses(tokens) if use.name == pointer)
    return next(filter(None, types), "")

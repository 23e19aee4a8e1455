"""Pure: pointers with types as `ptr`, line by line: comments, RUN lines and the order of everything stay.

LLVM's own readers do this too, but keep no comment, and so no test. Where it still matters what a pointer
points to, that is written beside it, as LLVM does (`elementtype`). Syntax older than that of LLVM 14: `old`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.ir.tokens import (
    Token,
    before_blanks,
    callee_type,
    end_of_group,
    end_of_type,
    join,
    pointee,
    skip_blanks,
    split_at_commas,
    text_at,
    tokenize,
)

# Intrinsics that have to know what an argument points to (llvm/lib/IR/Verifier.cpp): its place.
_POINTEES = (
    (re.compile(r"@llvm\.experimental\.gc\.statepoint\."), 2),
    (re.compile(r"@llvm\.preserve\.(?:array|struct)\.access\.index\."), 0),
    (re.compile(r"@llvm\.aarch64\.lda?xr\."), 0),
    (re.compile(r"@llvm\.aarch64\.stl?xr\."), 1),
    (re.compile(r"@llvm\.arm\.(?:ldrex|ldaex)\."), 0),
    (re.compile(r"@llvm\.arm\.(?:strex|stlex)\."), 1),
)


def upgrade_pointers(text: str) -> str:
    """The text with `ptr` for each pointer type. Never raises."""
    return "\n".join(_line(line) if "*" in line else line for line in text.split("\n"))


def _line(line: str) -> str:
    tokens = tokenize(line)
    return join(_opaque(_with_element_types(tokens)))


def _opaque(tokens: Sequence[Token]) -> list[Token]:
    """Each type that ends with an asterisk is a pointer, as far as the last one that is in no brackets."""
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        end = end_of_type(tokens, place)
        star = _last_star(tokens[place:end])
        if star is None:
            made.append(tokens[place])
            place += 1
            continue
        space = _address_space(tokens[place : place + star])
        made += tokenize(f"ptr {space}" if space else "ptr")
        place += star + 1
    return made


def _last_star(type_: Sequence[Token]) -> int | None:
    depth = 0
    found = None
    for place, token in enumerate(type_):
        if token.kind != "mark":
            continue
        depth += {"(": 1, "[": 1, "{": 1, "<": 1, ")": -1, "]": -1, "}": -1, ">": -1}.get(token.text, 0)
        if token.text == "*" and not depth:
            found = place
    return found


def _address_space(before: Sequence[Token]) -> str:
    """The `addrspace(3)` just before an asterisk; empty for the default."""
    found = re.search(r"addrspace\s*\(\s*(\d+)\s*\)\s*$", join(before))
    return f"addrspace({found[1]})" if found and int(found[1]) else ""


# What a pointer pointed to, where that is still asked


def _with_element_types(tokens: Sequence[Token]) -> list[Token]:
    """A call with `elementtype(T)` at the arguments of type `T*` that need it."""
    for place, token in enumerate(tokens):
        if token.kind == "word" and token.text in {"call", "invoke", "callbr"}:
            _, end = callee_type(tokens, place)
            return _of_call(tokens, skip_blanks(tokens, end))
    return list(tokens)


def _of_call(tokens: Sequence[Token], callee: int) -> list[Token]:
    wanted: set[int] = set()
    if text_at(tokens, callee) == "asm":
        strings = [at for at in range(callee, len(tokens)) if tokens[at].kind == "string"][:2]
        if len(strings) < 2:
            return list(tokens)
        wanted, callee = set(_indirect(tokens[strings[1]].text.strip('"'))), strings[1]
    for name, number in _POINTEES:
        if name.match(text_at(tokens, callee)):
            wanted.add(number)
    opening = skip_blanks(tokens, callee + 1)
    if not wanted or text_at(tokens, opening) != "(":
        return list(tokens)
    closing = end_of_group(tokens, opening) - 1
    parts = [
        _with_element_type(part) if number in wanted else list(part)
        for number, part in enumerate(split_at_commas(tokens[opening + 1 : closing]))
    ]
    made = list(tokens[: opening + 1])
    for number, part in enumerate(parts):
        made += [*([Token("mark", ",")] if number else []), *part]
    return [*made, *tokens[closing:]]


def _with_element_type(argument: Sequence[Token]) -> list[Token]:
    start = skip_blanks(argument, 0)
    end = end_of_type(argument, start)
    to = pointee(argument[start:end])
    if not to or any(token.text == "elementtype" for token in argument):
        return list(argument)
    last = before_blanks(argument, end) + 1
    return [*argument[:last], *tokenize(f" elementtype({to})"), *argument[last:]]


def _indirect(constraints: str) -> Iterator[int]:
    """The arguments of inline assembly that are places of memory: `=*m`, `*m`."""
    number = 0
    for constraint in constraints.split(","):
        if constraint.startswith("~") or (constraint.startswith("=") and "*" not in constraint):
            continue
        if "*" in constraint:
            yield number
        number += 1

"""Pure: statepoints of LLVM before 14, as LLVM 14 reads them.

Until LLVM 11, what is live was the last of the arguments, and a relocation named it by its place among these.
Since 12 it is in operand bundles, where it is counted from 0; since 14 the callee says its type. Until 3.7 a
statepoint gave an i32 and no token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.ir.tokens import (
    Token,
    end_of_group,
    end_of_type,
    join,
    pointee,
    skip_blanks,
    split_at_commas,
    tokenize,
)

_STATEPOINT = re.compile(r"@llvm\.experimental\.gc\.statepoint\.[\w.]+$")
_TOKEN = re.compile(r"^\s*(%\S+) = ")
_RELOCATE = re.compile(
    r"(?P<head>@llvm\.experimental\.gc\.relocate\.[\w.]+\(token (?P<token>%[\w.$-]+)), "
    r"i32 (?P<base>\d+), i32 (?P<derived>\d+)\)"
)
# Before these the operand bundles stand.
_REST = re.compile(r" to label |, !")


@dataclass(frozen=True, slots=True)
class _Call:
    """The arguments of a statepoint; `start` and `end` are the places of its brackets."""

    arguments: list[str]
    start: int
    end: int


def upgrade_statepoints(lines: Sequence[str]) -> list[str]:
    """The lines with statepoints and relocations in LLVM 14's form."""
    first: dict[str, int] = {}  # of each token, how many arguments are before the first live pointer
    upgraded: list[str] = []
    for line in map(_with_token, lines):
        if "gc.statepoint." in line and not line.startswith("declare"):
            upgraded.append(_statepoint(line, first))
        else:
            upgraded.append(line)
    return [_RELOCATE.sub(lambda found: _relocation(found, first), line) for line in upgraded]


_NUMBER_RESULT = re.compile(
    r"\b(?P<word>call|invoke|declare)(?P<between> (?:\w+ )*?)i32(?= .*@llvm\.experimental\.gc\.statepoint\.)"
)
_NUMBER_USE = re.compile(r"(?P<head>@llvm\.experimental\.gc\.(?:relocate|result)\S*?\()i32(?=[ ,)])")


def _with_token(line: str) -> str:
    """LLVM 3.7's `i32` as today's `token`."""
    if "@llvm.experimental.gc." not in line:
        return line
    line = _NUMBER_USE.sub(r"\g<head>token", line)
    return _NUMBER_RESULT.sub(r"\g<word>\g<between>token", line, count=1)


def _relocation(found: re.Match[str], first: dict[str, int]) -> str:
    before = first.get(found["token"], 0)
    base, derived = int(found["base"]) - before, int(found["derived"]) - before
    return f"{found['head']}, i32 {base}, i32 {derived})" if min(base, derived) >= 0 else found[0]


def _statepoint(line: str, first: dict[str, int]) -> str:
    tokens = tokenize(line)
    call = _call(tokens)
    if call is None:
        return line
    arguments = call.arguments
    arguments[2] = _with_element_type(arguments[2])
    count = _number(arguments[3])
    transition = 5 + count
    deopt = transition + 1 + _number(arguments[transition] if transition < len(arguments) else "")
    live = deopt + 1 + _number(arguments[deopt] if deopt < len(arguments) else "")
    parts = {
        "gc-transition": arguments[transition + 1 : deopt],
        "deopt": arguments[deopt + 1 : live],
        "gc-live": arguments[live:],
    }
    bundles = ", ".join(f'"{name}"({", ".join(values)})' for name, values in parts.items() if values)
    if bundles:
        arguments = [*arguments[:transition], "i32 0", "i32 0"]
        if token := _TOKEN.match(line):
            first[token[1]] = live
    head = join(tokens[: call.start + 1])
    tail = join(tokens[call.end :])
    rest = _REST.search(tail)
    end = rest.start() if rest else len(tail)
    before, rest_of_it = tail[:end].rstrip(), tail[end:]
    if bundles and before.endswith("]"):  # LLVM 11 has some of it in bundles
        return f"{head}{', '.join(arguments)}{before[:-1].rstrip()}, {bundles} ]{rest_of_it}"
    return f"{head}{', '.join(arguments)}{before}{f' [ {bundles} ]' if bundles else ''}{rest_of_it}"


def _call(tokens: Sequence[Token]) -> _Call | None:
    for place, token in enumerate(tokens):
        opened = skip_blanks(tokens, place + 1)
        if token.kind == "symbol" and _STATEPOINT.search(token.text) and opened < len(tokens):
            end = end_of_group(tokens, opened) - 1
            arguments = [join(part).strip() for part in split_at_commas(tokens[opened + 1 : end])]
            return _Call(arguments, opened, end) if len(arguments) > 6 else None
    return None


def _with_element_type(argument: str) -> str:
    tokens = tokenize(argument)
    end = end_of_type(tokens, 0)
    to = pointee(tokens[:end])
    if not to or "elementtype" in argument:
        return argument
    return f"{join(tokens[:end])} elementtype({to}){join(tokens[end:])}"


def _number(argument: str) -> int:
    found = re.fullmatch(r"i32 (\d{1,4})", argument)
    return int(found[1]) if found else 0

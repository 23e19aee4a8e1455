"""Pure: the blocks of functions that are not whole: their ends, and the numbers of their values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.ir.tokens import Token, end_of_group, end_of_type, join, skip_blanks, text_at, tokenize
from harness.ir.words import TERMINATORS

_RESULT = re.compile(r"^\s*(?:%(?P<name>\d+) = )?(?:%\S+ = )?(?P<opcode>\w+)")
_LABEL = re.compile(r"^(?P<name>[\w$.-]+|\"[^\"]*\"):$")


def opcode(line: str) -> str:
    """The first word of an instruction, without its result; empty for a label or a bracket."""
    found = _RESULT.match(line)
    return found["opcode"] if found and not _LABEL.match(line) else ""


def close_function(lines: Sequence[str]) -> str:
    """The instruction that the last block of the function at the end of `lines` lacks, or nothing."""
    return "" if opcode(lines[-1]) in TERMINATORS else "  unreachable"


def number_anew(lines: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The lines with names for the numbered values of functions of which some are missing; their names."""
    made: list[str] = []
    renamed: list[str] = []
    start = -1
    for index, line in enumerate(lines):
        if line.startswith("define "):
            start = index
        if start < 0:
            made.append(line)
        elif line == "}":
            function = list(lines[start : index + 1])
            if not _counts(function):
                function = [_rename_parameters(function[0]), *map(_rename, function[1:])]
                renamed.append(re.sub(r"^define [^@]*(@[^( ]+).*$", r"\1", function[0]))
            made += function
            start = -1
    # A function without an end stays as it is.
    made += lines[start:] if start >= 0 else []
    return made, tuple(renamed)


def _counts(function: Sequence[str]) -> bool:
    """Whether the numbers of values and blocks are those that LLVM gives them."""
    expected = len(_unnamed_parameters(tokenize(function[0])))
    fresh = True  # a block begins here; without a label it has a number
    for line in function[1:-1]:
        label = _LABEL.match(line)
        if label:
            if label["name"].isdigit():
                if int(label["name"]) != expected:
                    return False
                expected += 1
            fresh = False
            continue
        if fresh:
            expected += 1
        number = _RESULT.match(line)
        if number and number["name"]:
            if int(number["name"]) != expected:
                return False
            expected += 1
        fresh = opcode(line) in TERMINATORS
    return True


def _unnamed_parameters(tokens: Sequence[Token]) -> list[tuple[int, str]]:
    """Where the name of each parameter without one belongs or its number stands, with the type before it."""
    name_at = next((i for i, token in enumerate(tokens) if token.kind == "symbol"), -1)
    opened = skip_blanks(tokens, name_at + 1)
    if name_at < 0 or text_at(tokens, opened) != "(":
        return []
    close = end_of_group(tokens, opened) - 1
    found: list[tuple[int, str]] = []
    place = skip_blanks(tokens, opened + 1)
    while place < close:
        end = end_of_type(tokens, place)
        last, after = end, max(end, place)
        while after < close and tokens[after].text != ",":
            step = end_of_group(tokens, after) if tokens[after].text in {"(", "[", "{"} else after + 1
            last = step if not tokens[after].is_blank else last
            after = step
        name = tokens[last - 1] if last > place else Token("mark", "")
        named = name.kind == "local" and last > end and not name.text[1:].isdigit()
        if end > place and not named and tokens[place].kind != "dots":
            found.append((last, name.text if name.kind == "local" and last > end else ""))
        place = skip_blanks(tokens, after + 1)
    return found


def _rename_parameters(head: str) -> str:
    tokens = tokenize(head)
    for number, (place, name) in reversed(list(enumerate(_unnamed_parameters(tokens)))):
        if name:
            tokens[place - 1] = Token("local", f"%v{name[1:]}")
        else:
            tokens[place:place] = [Token("space", " "), Token("local", f"%v{number}")]
    return join(tokens)


def _rename(line: str) -> str:
    if _LABEL.match(line) and line[:-1].isdigit():
        return f"v{line}"
    tokens = tokenize(line)
    for place, token in enumerate(tokens):
        if token.kind == "local" and token.text[1:].isdigit() and text_at(tokens, place + 1) != "*":
            tokens[place] = Token("local", f"%v{token.text[1:]}")
    return join(tokens)

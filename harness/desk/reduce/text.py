"""Pure: text with parts left out, as long as a predicate holds: functions, then lines, then words.

It knows next to nothing about IR, so it also serves text that no parser reads. `minimise` is the usual delta
debugging (Zeller and Hildebrandt, 2002) without its tests of subsets, which seldom hold here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

# A word with the blanks before it, a text in quotes, or a mark; the blanks at a line's end; its end.
_WORD = re.compile(r'[^\S\n]*(?:"[^"\n]*"|[\w.%@#!$-]+|[^\s\w])|[^\S\n]+|\n')
# What a comma and what follows it up to the next mark are: an argument, an operand, an attribute.
_CLAUSE = re.compile(r',[^,()\[\]{}<>"\n]*|[^,]+|,')
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_DECLARED = re.compile(r'^declare\b[^@\n]*@(?P<name>[\w.$-]+|"[^"\n]*")', re.M)
_COMMENT = re.compile(r"^\s*(?:[;#].*)?\n?$")
# More words than this take longer than they are worth: what is left has a few lines.
MOST_WORDS = 600


def minimise(items: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> list[T]:
    """As few of `items`, which hold together, as still hold: none of those left can be left out alone.

    That is so if `holds` always answers alike; the result holds in any case.
    """
    left = list(items)
    size = len(left)
    while left:
        changed = False
        end = len(left)
        # From the end: what is used is mostly defined before.
        while end > 0:
            start = max(0, end - size)
            without = left[:start] + left[end:]
            if holds(without):
                left, changed = without, True
            end = start
        if size == 1 and not changed:
            break
        size = max(1, min(size // 2, len(left) // 2))
    return left


def split_blocks(text: str) -> list[str]:
    """The text in pieces: what has braces around it, with the line they begin in, or a single line."""
    pieces: list[str] = []
    depth = 0
    for line in text.splitlines(keepends=True):
        if depth > 0:
            pieces[-1] += line
        else:
            pieces.append(line)
        bare = re.sub(r'"[^"\n]*"|;.*', "", line)
        depth = max(0, depth + bare.count("{") - bare.count("}"))
    return pieces


def split_words(text: str) -> list[str]:
    """The text in words, each with the blanks before it."""
    return _WORD.findall(text)


def shorten(text: str, holds: Callable[[str], bool], *, words: bool = True) -> str:
    """The text, which holds, without the functions, lines, and arguments and words that it holds without.

    What is declared stays so while it is used: LLVM 19 and later know their intrinsics without, older ones do
    not.
    """
    declared = declarations(text)

    def together(parts: Sequence[str]) -> bool:
        shorter = "".join(parts)
        return shorter.endswith("\n") and not lacks(shorter, declared) and holds(shorter)

    text = text if text.endswith("\n") else f"{text}\n"
    bare = "".join(line for line in text.splitlines(keepends=True) if not _COMMENT.match(line))
    if bare != text and holds(bare):
        text = bare
    text = "".join(minimise(split_blocks(text), together))
    text = "".join(minimise(text.splitlines(keepends=True), together))
    if not words:
        return text
    text = _shorten_by(_CLAUSE.findall(text), lambda part: part.startswith(","), together)
    parts = split_words(text)
    if len(parts) > MOST_WORDS:
        return text
    sound = is_balanced(text)
    return _shorten_by(
        parts, lambda word: word != "\n", lambda some: is_balanced("".join(some)) >= sound and together(some)
    )


def _shorten_by(
    parts: Sequence[str], is_free: Callable[[str], bool], together: Callable[[Sequence[str]], bool]
) -> str:
    """The text of these parts without the free ones that are not needed, and without empty lines."""
    free = [place for place, part in enumerate(parts) if is_free(part)]

    def lay_out(places: Sequence[int]) -> list[str]:
        gone = set(free) - set(places)
        left = ["\n", *(part for place, part in enumerate(parts) if place not in gone)]
        return [part for before, part in pairwise(left) if (before, part) != ("\n", "\n")]

    left = minimise(free, lambda some: together(lay_out(some)))
    return "".join(lay_out(left) if len(left) < len(free) else parts)


def is_balanced(text: str) -> bool:
    """Whether each bracket is closed, in order. What opens none and closes none is."""
    opened: list[str] = []
    for letter in re.sub(r'"[^"\n]*"', "", text):
        if letter in _BRACKETS.values():
            opened.append(letter)
        elif letter in _BRACKETS and (not opened or opened.pop() != _BRACKETS[letter]):
            return False
    return not opened


def declarations(text: str) -> frozenset[str]:
    """The names that a module declares."""
    return frozenset(found["name"] for found in _DECLARED.finditer(text))


def lacks(text: str, declared: frozenset[str]) -> bool:
    """Whether one of these is used but not declared."""
    missing = declared - declarations(text)
    return any(re.search(rf"@{re.escape(name)}(?![\w.$-])", text) for name in missing)


def count_lines(text: str) -> int:
    """The lines that say something."""
    return sum(not _COMMENT.match(line) for line in text.splitlines())

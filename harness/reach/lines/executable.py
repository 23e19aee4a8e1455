"""Which lines of a source cannot execute, though clang counts them (pure).

Clang leaves out comments, blank lines, code that is off (`#if 0`) and all outside functions. Its regions
cover what remains of a function, so that a lone brace is a line with a count. This is about such lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_LITERAL = r"(?:u8|[uUL])?"
_PIECE = re.compile(
    rf"""
  (?P<comment>//[^\n]*|/\*.*?\*/)
| {_LITERAL}R"(?P<end>[^\s()\\"]{{0,16}})\(.*?\)(?P=end)"
| {_LITERAL}"(?:\\.|[^"\\\n])*"
| (?P<plain>\.?[0-9](?:'?\w)*|\w+)
| {_LITERAL}'(?:\\.|[^'\\\n])+'
    """,
    re.X | re.S,
)
# Nothing but punctuation, and the words that only join two blocks.
_BARE = re.compile(r"(?:[\s{}()\[\];,]|\b(?:else|do|try)\b)*")
_ACCESS = re.compile(r"\s*(?:public|protected|private)\s*:\s*")
# A declaration that makes nothing. That of a variable may run a constructor.
_DECLARATION = re.compile(r"\s*(?:using|typedef|friend|template|static_assert|namespace)\b.*", re.S)
_LABEL = re.compile(r"\s*(?:default|case\b[^;{]*)\s*:(?!:)")
# Nobody is to get there: a test that does is a failure.
_NEVER = re.compile(r"\s*(?:llvm_unreachable|LLVM_BUILTIN_UNREACHABLE|__builtin_unreachable)\b")


def find_inert(text: str) -> frozenset[int]:
    """The numbers (from 1) of lines that no test has to execute.

    These are braces and the like, directives and macros, declarations of types, `public:`, and
    `llvm_unreachable` with the labels right before it.
    """
    code = strip_comments(text)
    found = {number for number, line in enumerate(code, 1) if _is_inert(line)}
    return frozenset(found | set(find_directives(code)) | set(_unreachable(code)))


def strip_comments(text: str) -> list[str]:
    """The lines with white space for comments and empty strings for literals; as many as before."""

    def blank(match: re.Match[str]) -> str:
        if match["plain"] is not None:
            return match[0]
        stands_for = " " if match["comment"] is not None else '""'
        return "\n".join([stands_for] * (match[0].count("\n") + 1))

    return _PIECE.sub(blank, text).split("\n")


def _is_inert(line: str) -> bool:
    return any(kind.fullmatch(line) for kind in (_BARE, _ACCESS, _DECLARATION))


def find_directives(code: Sequence[str]) -> Iterator[int]:
    """The lines of the preprocessor, with those that they go on in."""
    goes_on = False
    for number, line in enumerate(code, 1):
        if goes_on or line.lstrip().startswith("#"):
            yield number
            goes_on = line.rstrip().endswith("\\")


def _unreachable(code: Sequence[str]) -> Iterator[int]:
    """The statements that nobody is to get to, to their semicolons, and the labels right before them."""
    labels: list[int] = []
    within = False
    for number, line in enumerate(code, 1):
        label = _LABEL.match(line)
        rest = line[label.end() :] if label else line
        if within or _NEVER.match(rest):
            yield from (*labels, number)
            within, labels = ";" not in rest, []
        elif label and not rest.strip():
            labels.append(number)
        elif rest.strip():
            labels = []

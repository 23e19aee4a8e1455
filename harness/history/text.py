r"""Pure: any text of Python as both databases can hold it; patterns; statements of a bounded length.

PostgreSQL's text has no NUL, and neither database takes half of a surrogate pair, which a file name that is
not UTF-8 becomes in Python. A backslash begins what stands for one: `\0`, `\udc80`, `\\`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

T = TypeVar("T", int, str)
_SPECIAL = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(\\|0|u[0-9a-f]{4})")


def escape(text: str) -> str:
    """The text without what a database refuses."""
    return _SPECIAL.sub(_escaped, text)


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern with `*` and `?` is that of a name. Cells have brackets: `a-fix [llvm-19]`."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def chunks(values: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """The values, sorted, in parts that one statement takes."""
    ordered = sorted(values)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return {"\\": "\\\\", "\x00": "\\0"}.get(char) or f"\\u{ord(char):04x}"


def _meant(found: re.Match[str]) -> str:
    said = found[1]
    return {"\\": "\\", "0": "\x00"}.get(said) or chr(int(said[1:], 16))

"""Text of tools as a report may carry it."""

from __future__ import annotations

import re

# Escape sequences would move the reader's cursor; XML 1.0 cannot even name most control characters,
# surrogates and the two non-characters (https://www.w3.org/TR/xml/#charsets).
_UNPRINTABLE = re.compile(
    "\x1b\\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    """`text` without escape sequences and control characters; line feeds and tabs stay."""
    return _UNPRINTABLE.sub("", text)


def one_line(text: str) -> str:
    """`text` without them and on one line."""
    return " ".join(printable(text).split())


def tail(text: str, lines: int) -> str:
    """The last lines of `text`."""
    return "\n".join(printable(text).rstrip().split("\n")[-lines:])

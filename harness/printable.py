"""Text of others - tools, patches, objects - as a report, a terminal or a CI log may carry it (pure).

Standard library only: whatever prints needs it.
"""

from __future__ import annotations

import re

# Escape sequences would move the reader's cursor; XML 1.0 cannot even name most control characters,
# surrogates and the two non-characters (https://www.w3.org/TR/xml/#charsets).
_UNPRINTABLE = re.compile(
    "\x1b\\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)
_UNPRINTABLE_ONE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
# These show text in another order than it has (CVE-2021-42574, "Trojan Source"): the reader has to see them.
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What a CI runner takes for a command to itself: GitHub's `::error ...::` after blanks and `##[...]`
# anywhere in a line (actions/runner, ActionCommand.cs), Azure's `##vso[...]`, TeamCity's `##teamcity[...]`,
# GitLab's `section_start:1:name`, and what begins a group for Buildkite: `--- `, `+++ `, `~~~ `, `^^^ +++`.
_AT_START = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_ANYWHERE = re.compile(r"##(?=\w*\[)|section_(?:start|end)(?=:)")
_GROUP = re.compile(r"^(?=(?:---|\+\+\+|~~~|\^\^\^)(?:[^\S\n]|$))", re.MULTILINE)
# JSON escapes the controls of ASCII. These occur in its strings only, where they can be escaped too.
_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
    r"|(?<=#)#(?=\w*\[)|(?<=section_start):|(?<=section_end):"
)


def printable(text: str) -> str:
    """`text` without escape sequences and control characters; line feeds and tabs stay.

    What would show it in another order is named instead: `<U+202E>`.
    """
    return _REORDERING.sub(_named, _UNPRINTABLE.sub("", text))


def one_line(text: str) -> str:
    """`text` without them and on one line."""
    return " ".join(printable(text).split())


def tail(text: str, lines: int) -> str:
    """The last lines of `text`."""
    return "\n".join(printable(text).rstrip().split("\n")[-lines:])


def defuse(text: str) -> str:
    """`text` in which no line is a command to a CI runner: a blank is put into what is one, or before it."""
    return _GROUP.sub(" ", _ANYWHERE.sub(r"\g<0> ", _AT_START.sub(r"\1: ", text)))


def safe_text(text: str) -> str:
    """`text` for a terminal or a log: printable, and no command to a CI runner."""
    return defuse(printable(text))


def safe_line(text: str) -> str:
    """One line of such text: a line feed in it, as a symbol's name may have, is named and ends no line."""
    return defuse(printable(text).replace("\n", "<U+000A>"))


def safe_json(text: str) -> str:
    """JSON with the same data that no terminal and no CI runner acts on."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def spell(text: str) -> str:
    """`text` on one line with everything in it that is no character to print named: `<U+001B>`.

    Different texts stay different, as names of tests have to.
    """
    return _REORDERING.sub(_named, _UNPRINTABLE_ONE.sub(_named, text))


def _named(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"

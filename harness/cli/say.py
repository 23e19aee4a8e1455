"""Standard output and standard error of the commands: whatever is printed goes through here.

Names and messages of others are in all of it, so none of it may move the cursor, forge a line or be a
command to a CI runner (`harness.printable`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from harness.printable import safe_line, safe_text

# Not escaped by JSON's own rules, and yet a terminal's business. They are in strings alone.
_NOT_FOR_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def say(text: str = "") -> None:
    """Print a text of one or more lines."""
    click.echo(safe_text(text))


def say_lines(lines: Iterable[str]) -> None:
    """Print lines, each of which is one whatever is in it."""
    click.echo("".join(f"{safe_line(line)}\n" for line in lines), nl=False)


def say_json(text: str) -> None:
    """Print a document of JSON: the same data, escaped where a terminal would act on it."""
    click.echo(_NOT_FOR_TERMINALS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def complain(text: str) -> None:
    """Print a text on standard error."""
    click.echo(safe_text(text), err=True)

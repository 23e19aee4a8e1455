"""Lines and tables on a terminal: in colour there, plain in a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.printable import defuse, one_line, safe_line

if TYPE_CHECKING:
    from rich.console import Console

TableCell = tuple[str, str]
"""What is in it, and its style."""


def write_line(console: Console, text: str = "", style: str = "") -> None:
    """One line as it is: rich must neither wrap it nor read markup or numbers into it.

    A line feed in it, as the name of a test may have, is named: nothing forges a line.
    """
    from rich.text import Text

    console.print(Text(safe_line(text), style=style), soft_wrap=True)


def write_table(console: Console, rows: Sequence[Sequence[TableCell]], indent: str = "") -> None:
    """Aligned columns without lines; the first row is the head. No blanks at the ends of lines."""
    from rich.text import Text

    cells = [[(defuse(one_line(text)), style) for text, style in row] for row in rows]
    widths = [max(len(row[i][0]) for row in cells) for i in range(len(cells[0]))]
    for number, row in enumerate(cells):
        line = Text(indent, style="" if number else "bold")
        for (text, style), width in zip(row, widths, strict=True):
            line.append(text, style=style)
            line.append(" " * (width - len(text) + 2))
        line.rstrip()
        console.print(line, soft_wrap=True)


def write_parts(console: Console, parts: Sequence[str | Sequence[Sequence[TableCell]]]) -> None:
    """Lines and tables, one below the other."""
    for part in parts:
        if isinstance(part, str):
            write_line(console, part)
        else:
            write_table(console, part)

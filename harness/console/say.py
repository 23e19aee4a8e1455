"""Standard output and standard error of the commands: everything is printed here.

It contains names and messages from elsewhere, which must not move the cursor, forge a line or be a command to
a CI runner (`harness.printable`). A failed write is an error with its own message.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from harness.console import streams
from harness.errors import EnvironmentLacksError
from harness.printable import safe_json, safe_line, safe_text

if TYPE_CHECKING:
    from rich.console import Console


class ReaderGoneError(Exception):
    """The reader of standard output has closed it: `harness check | head -1`."""


def say(text: str = "") -> None:
    """Print a text of one or more lines."""
    _write(f"{safe_text(text)}\n")


def say_lines(lines: Iterable[str]) -> None:
    """Print lines; whatever a text contains, it stays one line."""
    _write("".join(f"{safe_line(line)}\n" for line in lines))


def say_json(text: str) -> None:
    """Print JSON: the same data, with escapes where a terminal would act on it."""
    _write(f"{safe_json(text)}\n")


def say_report(write: Callable[[Console], None]) -> None:
    """Print what `write` prints on a console, on standard error too if standard output fails."""
    from rich.console import Console

    real, made = Console(), io.StringIO()
    write(Console(file=made, force_terminal=real.is_terminal, width=real.width))
    try:
        _write(made.getvalue())
    except EnvironmentLacksError:
        complain(made.getvalue().rstrip("\n"))
        raise


def complain(text: str) -> None:
    """Print a text on standard error, if that is open."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{safe_text(text)}\n")
        sys.stderr.flush()
        return
    streams.silence(2)


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.silence(1)
        raise ReaderGoneError from None
    except OSError as error:
        streams.silence(1)
        raise EnvironmentLacksError(
            f"standard output cannot be written: {error.strerror}", "send it to another file"
        ) from None

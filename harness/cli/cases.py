"""The CASE of a command line: a file of IR, a lit test, or a report."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.errors import UsageError

# A report of which nobody reads every line.
_MOST_INPUT = 64 << 20


def read_case_file(case: str) -> bytes:
    """The bytes of the case; - is standard input. Raises UsageError."""
    if case == "-":
        data = sys.stdin.buffer.read(_MOST_INPUT + 1)
    else:
        path = Path(case)
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_INPUT + 1)
        except OSError as error:
            raise UsageError(f"{case}: {error.strerror}", "name a file of IR or a report, or -") from None
    if len(data) > _MOST_INPUT:
        raise UsageError(f"{case}: more than {_MOST_INPUT >> 20} MiB", "cut out what is about the crash")
    return data

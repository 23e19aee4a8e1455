"""The three standard streams, in whatever state the caller left them."""

from __future__ import annotations

import io
import os
import select
import sys


def prepare() -> None:
    """Open closed streams on /dev/null, and escape characters that cannot be encoded.

    Otherwise a file opened later would get the number of a closed stream, and a child would write into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(
                os.open(os.devnull, os.O_RDWR), True
            )  # takes the lowest free number, which is this one
    # Python has no objects for closed streams. These stay open as long as the process.
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what runs us in its own process may put another there
            # For a locale without a character, or a file name that is not UTF-8.
            stream.reconfigure(errors="backslashreplace")


def settle() -> None:
    """Flush the streams, so that Python cannot fail to at exit and change the exit code."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            silence(number)


def reader_gone() -> bool:
    """Whether standard output is a pipe that its reader has closed."""
    poll = select.poll()
    poll.register(1, select.POLLOUT)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def silence(number: int) -> None:
    """Redirect a stream to /dev/null: Python writes at exit what is left to write."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)

"""The three standard streams, whatever state the caller left them in."""

from __future__ import annotations

import os
import select
import sys


def prepare() -> None:
    """Open those that are closed on nothing, and let no character end the program.

    A file opened later would else get the number of a closed one, and a child would write into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest free number: this one
    # Python has no objects for those that were closed. They stay open as long as the process.
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A locale that lacks a character, a file name in bytes that are not UTF-8.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # tests put others there


def settle() -> None:
    """Write what is left to write, so that Python's own end finds nothing that fails and changes the code."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            silence(number)


def reader_gone() -> bool:
    """Whether standard output is a pipe that nobody reads any more."""
    poll = select.poll()
    poll.register(1, select.POLLOUT)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def silence(number: int) -> None:
    """Let what is written to a stream from now on go nowhere: Python writes at exit what is left to write."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)

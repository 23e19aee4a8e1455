"""What an exception that nobody foresaw means to a user: the machine's limits by name, or a fault of our own.

An exception that ended the harness would end it with exit code 1, and 1 is "a verdict says no".
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from harness.errors import (
    EXIT_ENVIRONMENT,
    EnvironmentLacksError,
    HarnessError,
    HarnessFaultError,
    UsageError,
)
from harness.printable import safe_text

TRACEBACK = "HARNESS_TRACEBACK"
_ROOT = Path(__file__).parents[1]
_FRAMES = 6
_NAME = 80
_TEXT = 300

# What the machine may lack at any write, start or open: what to say of it, and what to do.
_LACKS = {
    errno.ENOSPC: ("no space is left on the disk", "free some there; TMPDIR names another disk for it"),
    errno.EDQUOT: ("the disk quota is used up", "free some there; TMPDIR names another disk for it"),
    errno.EFBIG: ("a file grew larger than this shell allows", "raise the limit: ulimit -f unlimited"),
    errno.EMFILE: (
        "more files are open than this shell allows",
        "raise the limit: ulimit -n 1024",
    ),
    errno.ENFILE: ("the machine has too many files open", "end other programs and run it again"),
    errno.EAGAIN: (
        "no other process may be started",
        "raise the limit: ulimit -u unlimited",
    ),
    errno.ENOMEM: ("the machine is out of memory", "end other programs, or give fewer --jobs"),
    errno.EROFS: ("the file system is read-only", "name a place that can be written"),
    errno.EACCES: ("permission denied", "check whose it is, and its permissions"),
    errno.EPERM: ("the operation is not permitted", "check whose it is, and its permissions"),
    errno.EIO: ("the disk does not answer", "check the disk"),
    errno.ESTALE: ("the file system has lost the file", "run it again"),
    errno.ENODEV: ("there is no such device", "check the path"),
    errno.ENXIO: ("there is no such device", "check the path"),
}
# What can only be wrong with a name that was given.
_WRONG = {
    errno.ENAMETOOLONG: ("a name is longer than the file system takes", "shorten it"),
    errno.ENOTDIR: ("a part of this path is a file", "check the path"),
    errno.ELOOP: ("the symbolic links on this path lead in a circle", "check the path"),
}


def explain_fault(error: Exception) -> HarnessError:
    """The error to tell: itself, if it is one of ours, or what an exception means."""
    if isinstance(error, HarnessError):
        return error
    if isinstance(error, MemoryError):
        return EnvironmentLacksError(
            "out of memory", "give fewer --jobs, or raise the limit: ulimit -v unlimited"
        )
    if isinstance(error, OSError) and (known := _of_the_machine(error)) is not None:
        return known
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return EnvironmentLacksError("no other thread may be started", "raise the limit: ulimit -u unlimited")
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        name = str(error.object).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return UsageError(f"a name in bytes that are not UTF-8: {_short(name)}", "rename it")
    return _fault(error)


def run_program(work: Callable[[], int]) -> int:
    """The exit code of a program of ours that is not the command line: `python -m harness.bench.job`.

    What ends it is told on standard error, with the code that the command line would end with.
    """
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:  # its reader has read enough, and there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_ENVIRONMENT
    except Exception as error:
        known = explain_fault(error)
        with contextlib.suppress(OSError):
            print(safe_text(f"harness: error: {known}"), file=sys.stderr)
        return known.exit_code
    return code


def _of_the_machine(error: OSError) -> HarnessError | None:
    if error.errno == errno.ENOENT and str(error.strerror).startswith("No usable temporary directory"):
        return EnvironmentLacksError(
            "there is no folder for temporary files that can be written",
            "set TMPDIR to one on a disk with room",
        )
    for known, kind in ((_LACKS, EnvironmentLacksError), (_WRONG, UsageError)):
        if error.errno in known:
            what, next_step = known[error.errno]
            return kind(f"{what}{_at(error)}", next_step)
    return None


def _at(error: OSError) -> str:
    name = error.filename
    if not isinstance(name, str | bytes) or not name:
        return ""
    return f": {_short(os.fsdecode(name))}"


def _short(name: str) -> str:
    return name if len(name) <= 2 * _NAME else f"{name[:_NAME]}...{name[-_NAME:]}"


def _fault(error: Exception) -> HarnessFaultError:
    said = str(error) or "no message"
    what = f"{type(error).__name__}: {said if len(said) <= _TEXT else f'{said[:_TEXT]}...'}"
    lines = (
        traceback.format_exception(error)
        if os.environ.get(TRACEBACK)
        else [f"at {frame}\n" for frame in _frames(error)]
    )
    return HarnessFaultError(
        f"this is a fault of the harness, and says nothing about the patch: {what}",
        f"report it with the command, its input and these lines; {TRACEBACK}=1 in the environment tells more",
        "".join(lines),
    )


def _frames(error: Exception) -> list[str]:
    """Where it came from, innermost last; the innermost of ours is among them."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        place = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(*path.parts[-2:])
        found.append((path.is_relative_to(_ROOT / "harness"), f"{place}:{frame.lineno} in {frame.name}"))
    ours = [n for n, (mine, _) in enumerate(found) if mine]
    first = min(ours[-1] if ours else 0, len(found) - _FRAMES)
    return [text for _, text in found[max(first, 0) :]][: 2 * _FRAMES]

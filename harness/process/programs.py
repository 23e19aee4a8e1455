"""Programs that a series, a test or a report can influence, run in a jail for one call.

Each reads what it is told to and the machine's own programs, and writes the folder that it works in.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.process import scratch
from harness.process.command import Completed, run
from harness.process.jail import Jail, JailKind
from harness.process.limits import TOOL_LIMITS, Limits


def run_enclosed(
    argv: Sequence[str | Path],
    folder: Path,
    reads: Iterable[Path] = (),
    *,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    limits: Limits = TOOL_LIMITS,
) -> Completed:
    """Run a program in `folder`, the only one that it may write to; it reads `reads` too.

    Raises as `run` does, and EnvironmentLacksError if nothing can enclose it.
    """
    shown = dict.fromkeys(path.absolute() for path in reads)
    # Landlock cannot take away what it gives: what is below the folder is readable already.
    others = tuple(path for path in shown if not path.is_relative_to(folder))
    jail = Jail(JailKind.PROGRAM, others, (folder,))
    return run(argv, cwd=folder, env=env, stdin=stdin, limits=limits, jail=jail)


def is_regular(path: Path) -> bool:
    """Whether an enclosed program left a file there: not a link, by which we would read what it could not."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_regular(path: Path, most: int) -> bytes:
    """What is in a file that an enclosed program may change at any time: `most` bytes of it at most.

    Raises OSError if it is no file, or a link.
    """
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "not a file", str(path))
        return stream.read(most)


def ask(
    argv: Sequence[str | Path],
    reads: Iterable[Path] = (),
    *,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    limits: Limits = TOOL_LIMITS,
) -> Completed:
    """Run a program for what it prints, in an empty folder that is gone afterwards. Raises as `run`."""
    with scratch.folder("ask") as folder:
        return run_enclosed(argv, folder, reads, env=env, stdin=stdin, limits=limits)

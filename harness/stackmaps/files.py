"""Reads the files that a user names (objects, IR, a program's output), up to a limit."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from harness.errors import UsageError

MIB = 1024 * 1024
# A debug build of clang has 2 GiB.
MOST = 4096 * MIB
# A pipe or a device may have no end.
MOST_OF_A_STREAM = 256 * MIB


def read(path: Path, what: str = "", next_step: str = "name a file that can be read") -> bytes:
    """Read a whole file; errors put `what` before its name. Raises UsageError."""
    name = f"{what}{name_of(path)}"
    try:
        with path.open("rb") as file:
            most = MOST if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else MOST_OF_A_STREAM
            if os.fstat(file.fileno()).st_size > most:
                raise _too_large(name, most)
            data = file.read(most + 1) if most == MOST_OF_A_STREAM else file.read()
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}", next_step) from None
    except MemoryError:
        raise UsageError(f"{name}: is larger than the available memory", "name a smaller file") from None
    if len(data) > most:
        raise _too_large(name, most)
    return data


def name_of(path: Path) -> str:
    """A path as text; bytes that are not UTF-8 as `\\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _too_large(name: str, most: int) -> UsageError:
    return UsageError(f"{name}: is larger than {most // MIB} MiB", "name a smaller file")

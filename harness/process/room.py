"""The room on the disk that the files of a child take: the kernel bounds only each of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from harness.process.limits import MIB


class Room:
    """The files below `folder`, which may take `most` bytes.

    Adding them up takes milliseconds. So it is done when the disk has lost as much as they may still take.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._free: int | None = None

    def excess(self) -> str:
        """What is over the bound, as the end of a sentence; empty if nothing is."""
        try:
            free = _free(self._folder)
        except OSError:  # it is gone already, or not there yet
            return ""
        if self._free is None:
            self._free = free
        if self._free - free <= self._most:
            return ""
        used = _used(self._folder, self._most)
        self._free = free + used
        return f"wrote more than {self._most // MIB} MiB of files in all" if used > self._most else ""


def _free(folder: Path) -> int:
    """The bytes that are free on a folder's disk."""
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


def _used(folder: Path, enough: int) -> int:
    """The bytes that the files below a folder take; what is beyond `enough` is not added."""
    used, pending = 0, [os.fspath(folder)]
    while pending and used <= enough:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    used += 512 * entry.stat(follow_symlinks=False).st_blocks
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
    return used

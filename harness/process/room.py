"""The room on the disk that the files of a child take: the kernel bounds only each of them."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from harness.process.limits import MIB

# Seconds between two times that files are added up, and how many times as long as it took. It is for others
# who free room on the disk meanwhile.
_PAUSE, _REST = 2.0, 100
# What a file takes at least, in bytes: it has a name and an inode, of which a disk has so many.
_LEAST = 4096


class Room:
    """The files below `folder`, which may take `most` bytes.

    Adding them up takes milliseconds. So it is done when the disk has lost as much as they may still take,
    and now and then.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._free: int | None = None
        self._next = time.monotonic() + _PAUSE

    def excess(self) -> str:
        """What is over the bound, as the end of a sentence; empty if nothing is."""
        try:
            free = _free(self._folder)
        except OSError:  # it is gone already, or not there yet
            return ""
        if self._free is None:
            self._free = free
        begun = time.monotonic()
        if self._free - free <= self._most and begun < self._next:
            return ""
        used = _used(self._folder, self._most)
        ended = time.monotonic()
        self._next = ended + max(_PAUSE, _REST * (ended - begun))
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
                    used += max(512 * entry.stat(follow_symlinks=False).st_blocks, _LEAST)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
    return used

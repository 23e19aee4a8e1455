"""What files take on the disk, where one file may have several names."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISDIR

_BLOCK = 512  # of st_blocks, whatever the file system


class DiskUse:
    """The bytes of what it is told of, folders included."""

    def __init__(self) -> None:
        self.newest = 0.0
        self._single = 0
        # Of files with several names: the bytes, the names there are, and those seen here.
        self._linked: dict[tuple[int, int], tuple[int, int, int]] = {}

    def add(self, state: os.stat_result) -> None:
        """Count what a name leads to."""
        self.newest = max(self.newest, state.st_mtime)
        size = state.st_blocks * _BLOCK
        if state.st_nlink == 1 or S_ISDIR(state.st_mode):
            self._single += size
        else:
            which = state.st_dev, state.st_ino
            self._linked[which] = size, state.st_nlink, self._linked.get(which, (0, 0, 0))[2] + 1

    @property
    def own(self) -> int:
        """The bytes of what has no name elsewhere."""
        return self._single + sum(size for size, names, seen in self._linked.values() if seen >= names)

    @property
    def whole(self) -> int:
        """The bytes of everything, each file once."""
        return self._single + sum(size for size, _names, _seen in self._linked.values())


def measure(path: Path) -> DiskUse:
    """What a file or folder takes. What vanishes meanwhile takes nothing."""
    use = DiskUse()
    pending = [os.fspath(path)]
    try:
        use.add(path.lstat())
        if path.is_symlink() or not path.is_dir():
            return use
    except OSError:
        return use
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    use.add(entry.stat(follow_symlinks=False))
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
        except OSError:
            continue
    return use

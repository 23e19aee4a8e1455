"""Files in which the programs of a test leave what they record; they outlive the test.

A watched tool finds them by a variable of its environment, or, if the test took that away (`env -i`), in a
folder beside that of the tools. A worker keeps them where it may write, and from there the pool takes them: a
tool may have put anything in their place.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from urllib.parse import quote

from harness.process import TOOL_LIMITS

BESIDE = "reach"
# Below the folder of a worker.
_KEPT = "kept"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A test starts so many programs that make a file each. More than that, and some are not taken.
_MOST_FILES = 4096


@dataclass(frozen=True, slots=True)
class Recording:
    """What the programs of each test find: files of zeros, by name and size, in the folder that `variable`
    names. Of each test, those that are no longer zeros are kept in a folder below `kept`.

    With a `pattern` the variable has it after the folder, and programs make their files by it themselves.
    """

    variable: str
    files: tuple[tuple[str, int], ...]
    kept: str
    pattern: str = ""

    def folder(self, test: str) -> Path:
        """Where the files of a test are once it has run. Without that folder, the test was not run."""
        return Path(self.kept) / quote(test, safe="")

    def below(self, place: Path) -> Recording:
        """The same, kept by a worker in its own folder."""
        return replace(self, kept=str(place / _KEPT))


def collect(recording: Recording, place: Path, test: str) -> None:
    """Take what the worker in `place` has kept of a test to where it is to be.

    Only regular files that are no larger than the tools' bound on files, and by no link.
    """
    source = recording.below(place).folder(test)
    with contextlib.ExitStack() as stack:
        try:
            kept = _open(source.parent, None, stack)
            folder = _open(source.name, kept, stack)
        except OSError:
            return
        target = recording.folder(test)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in itertools.islice(os.listdir(folder), _MOST_FILES):  # noqa: PTH208 - of a descriptor
            with contextlib.suppress(OSError):
                _take(folder, name, target / name)
        with contextlib.suppress(RecursionError):
            shutil.rmtree(source.name, ignore_errors=True, dir_fd=kept)


def _open(folder: Path | str, within: int | None, stack: contextlib.ExitStack) -> int:
    """The descriptor of a folder of a worker's, until the stack ends. Raises OSError, also for a link."""
    opened = os.open(folder, _FOLDER, dir_fd=within)
    stack.callback(os.close, opened)
    return opened


def _take(folder: int, name: str, target: Path) -> None:
    """Take one file, or nothing."""
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with open(opened, "rb") as file:  # noqa: PTH123 - a descriptor
        state = os.fstat(opened)
        if not S_ISREG(state.st_mode) or state.st_size > TOOL_LIMITS.output:
            return
        try:
            os.link(name, target, src_dir_fd=folder, follow_symlinks=False)
        except OSError:  # another file system
            target.write_bytes(file.read(TOOL_LIMITS.output))
            return
    # It may be another by now.
    taken = target.lstat()
    if not S_ISREG(taken.st_mode) or taken.st_size > TOOL_LIMITS.output:
        target.unlink()


class Recorder:
    """The files of one worker's tests, in `place`. One test runs at a time."""

    def __init__(self, recording: Recording, place: Path) -> None:
        self._recording = recording
        self._place = place
        place.mkdir(parents=True)
        for name, size in recording.files:
            self._renew(name, size)

    @property
    def environment(self) -> dict[str, str]:
        """The variable for the programs of a test."""
        return {self._recording.variable: f"{self._place}{self._recording.pattern}"}

    def keep(self, test: str) -> None:
        """Keep what the programs of a test have recorded, instead of what an earlier run of it did."""
        target = self._recording.folder(test)
        try:
            target.mkdir(parents=True)
        except FileExistsError:
            shutil.rmtree(target)
            target.mkdir()
        for path in list(self._place.iterdir()) if self._recording.pattern else ():
            shutil.move(path, target / path.name)
        for name, size in self._recording.files:
            path = self._place / name
            if path.read_bytes().strip(b"\0"):
                shutil.move(path, target / name)
                self._renew(name, size)

    def _renew(self, name: str, size: int) -> None:
        # Written, not only sized: where the disk is full, a process that maps a hole of it is killed.
        (self._place / name).write_bytes(bytes(size))

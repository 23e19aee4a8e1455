"""Files in which the programs of a test leave what they record; they outlive the test.

A watched tool finds them by a variable of its environment, or, if the test took that away (`env -i`), in a
folder beside that of the tools.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

BESIDE = "reach"


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

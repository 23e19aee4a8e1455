"""The bytes that the files of a child may take, on a disk that others use too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.process import MIB, room
from harness.process.room import Room

OVER = "wrote more than 1 MiB of files in all"


class Disk:
    """A disk with this many bytes free, and a clock that says how often files were added up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free, self.now, self.counts = 100 * MIB, 0.0, 0
        self._used = room._used
        monkeypatch.setattr(room, "_free", lambda _folder: self.free)
        monkeypatch.setattr(room, "_used", self._count)
        monkeypatch.setattr(room, "time", SimpleNamespace(monotonic=lambda: self.now))

    def _count(self, folder: Path, enough: int) -> int:
        self.counts += 1
        self.now += 0.5
        return self._used(folder, enough)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def write(folder: Path, kib: int) -> None:
    (folder / "deep").mkdir(exist_ok=True)
    (folder / f"deep/{kib}").write_bytes(b"x" * 1024 * kib)


def test_files_are_added_up_when_the_disk_has_lost_as_much(tmp_path: Path, disk: Disk) -> None:
    bound = Room(tmp_path, MIB)
    assert bound.excess() == ""
    write(tmp_path, 600)
    disk.free -= 600 * 1024
    assert (bound.excess(), disk.counts) == ("", 0)
    disk.free -= MIB  # another's
    assert (bound.excess(), disk.counts) == ("", 1)
    write(tmp_path, 700)
    disk.free -= 700 * 1024
    assert (bound.excess(), disk.counts) == (OVER, 2)


def test_who_frees_room_meanwhile_does_not_hide_them(tmp_path: Path, disk: Disk) -> None:
    """Nor is the machine busy with adding up: not for more than a hundredth of the time."""
    bound = Room(tmp_path, MIB)
    write(tmp_path, 700)
    assert (bound.excess(), disk.counts) == ("", 0)
    disk.now = 2.0
    assert (bound.excess(), disk.counts) == ("", 1)
    write(tmp_path, 600)
    disk.now += 49.9
    assert (bound.excess(), disk.counts) == ("", 1)
    disk.now += 0.2
    assert (bound.excess(), disk.counts) == (OVER, 2)


def test_empty_files_take_room(tmp_path: Path, disk: Disk) -> None:
    bound = Room(tmp_path, MIB)
    for number in range(256):
        (tmp_path / str(number)).touch()
    disk.now = 2.0
    assert bound.excess() == ""
    (tmp_path / "one-more").symlink_to("0")
    disk.now += 100
    assert bound.excess() == OVER


def test_a_folder_that_is_not_there_has_room(tmp_path: Path) -> None:
    assert Room(tmp_path / "none", 0).excess() == ""

"""Temporary folders: gone with their block, and those of killed runs with the next run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.process import scratch

REPOSITORY = Path(__file__).parents[2]
HOLDS = """
import time
from harness.process import scratch
with scratch.folder("test") as folder:
    (folder / "sub").mkdir()
    (folder / "sub/file").write_text("large")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def holder() -> tuple[subprocess.Popen[str], Path]:
    """A run that has a folder, and the folder."""
    child = subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert child.stdout is not None
    return child, Path(child.stdout.readline().strip())


def test_a_folder_is_gone_with_its_block(place: Path) -> None:
    with scratch.folder("test") as folder:
        assert folder.name.startswith("harness-test-")
        assert list(folder.iterdir()) == []
        (folder / "file").write_text("")
    assert list(place.iterdir()) == []


def test_a_folder_is_gone_when_its_block_raises(place: Path) -> None:
    def interrupted() -> None:
        with scratch.folder("test") as folder:
            (folder / "file").write_text("")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(place: Path) -> None:
    child, left = holder()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert (left / "sub/file").exists()
    with scratch.folder("test") as folder:
        assert not left.exists()
        assert {path.name for path in place.iterdir()} == {folder.name, f"{folder.name}.owner"}


def test_the_folder_of_a_running_program_stays(place: Path) -> None:
    child, left = holder()
    try:
        with scratch.folder("test"):
            assert (left / "sub/file").read_text() == "large"
    finally:
        child.kill()
        child.communicate()


def test_a_run_that_is_killed_at_any_point_leaves_nothing_for_long(place: Path) -> None:
    """Before the folder is there, in its block, and while it is removed."""
    for where in ("scratch.Path.mkdir", "scratch.time.sleep", "scratch.shutil.rmtree"):
        code = (
            f"import os, signal\nfrom harness.process import scratch\n"
            f"{where} = lambda *_a, **_b: os.kill(os.getpid(), signal.SIGKILL)\n"
            "with scratch.folder('test') as folder:\n    scratch.time.sleep(0)\n"
        )
        # Sweeping calls rmtree too, but here it finds nothing.
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False)
        assert done.returncode == -signal.SIGKILL
        assert list(place.iterdir())
        assert len(scratch.sweep()) == 1, where
        assert list(place.iterdir()) == [], where


def test_what_has_no_owner_goes_when_it_is_a_day_old(place: Path) -> None:
    """Folders of before each was made with its lock, and locks that never got their name."""
    for name in ("harness-run-ab_cd012", "harness-run-ef01ab23", "harness-of-oxen", "other-run-ab_cd012"):
        (place / name).mkdir()
        (place / name / "file").write_text("")
    for name in ("harness-pool-0123abcd.new", "harness-pool-4567abcd.new"):
        (place / name).write_text("")
    young = {"harness-run-ef01ab23", "harness-pool-4567abcd.new"}
    for path in place.iterdir():
        if path.name not in young:
            os.utime(path, (1e9, 1e9))
    old = ["harness-pool-0123abcd.new", "harness-run-ab_cd012"]
    assert [path.name for path in scratch.sweep(dry_run=True)] == old
    assert len(list(place.iterdir())) == 6
    assert [path.name for path in scratch.sweep()] == old
    assert {path.name for path in place.iterdir()} == {"harness-of-oxen", "other-run-ab_cd012", *young}


def test_what_is_not_ours_stays(place: Path) -> None:
    (place / "harness-of-oxen").mkdir()
    (place / "other.owner").write_text("")
    with scratch.folder("test"):
        pass
    assert {path.name for path in place.iterdir()} == {"harness-of-oxen", "other.owner"}

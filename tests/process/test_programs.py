"""One call of a program in a jail of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import process
from harness.process.sandbox import Mode
from tests.sandboxes import SECRET, Scene


def test_it_works_in_its_folder_and_reads_what_it_is_shown(enclosing: Mode, scene: Scene) -> None:
    (scene.other / "input").write_text("given")
    script = (
        f"cat {scene.other}/input > made; cat made; pwd; cat {scene.home}/token; echo x > {scene.other}/y"
    )
    done = process.run_enclosed(["sh", "-c", script], scene.out, [scene.other])
    assert done.stdout.decode().split() == [f"given{scene.out}"], (enclosing, done)
    assert SECRET not in done.text
    assert not (scene.other / "y").exists()
    assert (scene.out / "made").read_text() == "given"


def test_what_is_asked_leaves_nothing_behind(enclosing: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    script = 'echo "$TOKEN$GIVEN"; cat; pwd; echo x > made; (setsid sleep 600 >&- 2>&- &)'
    done = process.ask(["sh", "-c", script], env={"GIVEN": "given\n"}, stdin=b"read\n")
    said, empty, read, place = done.stdout.decode().split("\n")[:4]
    assert (said, empty, read) == ("given", "", "read"), enclosing
    assert not Path(place).exists()
    sleeping = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _text(path) == b"sleep\0600\0"]
    assert [path for path in sleeping if _folder(path) == place] == []


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _folder(path: Path) -> str:
    try:
        return str((path.parent / "cwd").readlink()).removesuffix(" (deleted)")
    except OSError:
        return ""


def test_what_is_below_its_folder_need_not_be_shown(enclosing: Mode, scene: Scene) -> None:
    (scene.out / "below").mkdir()
    done = process.run_enclosed(["touch", "below/x"], scene.out, [scene.out, scene.out / "below"])
    assert done.ok, enclosing


def test_a_link_is_no_file_that_was_made(scene: Scene) -> None:
    (scene.out / "link").symlink_to(scene.home / "token")
    (scene.out / "file").write_text("made")
    os.mkfifo(scene.out / "pipe")
    found = {name: process.is_regular(scene.out / name) for name in ("link", "file", "pipe", "none")}
    assert found == {"link": False, "file": True, "pipe": False, "none": False}
    assert process.read_regular(scene.out / "file", 3) == b"mad"
    for name in ("link", "pipe", "none", "."):
        with pytest.raises(OSError):  # noqa: PT011 - each in words of its own
            process.read_regular(scene.out / name, 3)

"""The store: whole entries or none, whoever is killed, whatever is full."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EnvironmentLacksError
from harness.store import MANIFEST, Store, default_root, digest

REPO = Path(__file__).parents[2]


def write(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/file").write_text("content")
    (folder / "link").symlink_to("sub/file")


def entries(store: Store) -> list[str]:
    return sorted(p.name for p in (store.root / "kind").iterdir())


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    made: list[Path] = []

    def build(folder: Path) -> None:
        made.append(folder)
        write(folder)

    for _ in range(2):
        path = store.make("kind", "key", build)
        assert (path / "sub/file").read_text() == "content"
    assert len(made) == 1
    assert path == store.path("kind", "key") == store.get("kind", "key")
    assert entries(store) == ["key"]
    assert store.get("kind", "other") is None


@pytest.mark.parametrize("lazily", [(), ("sub/file",)])
def test_what_build_raises_passes_and_leaves_nothing(tmp_path: Path, lazily: tuple[str, ...]) -> None:
    store = Store(tmp_path)

    def fail(folder: Path) -> None:
        write(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.make("kind", "key", fail, lazily=lazily)
    assert entries(store) == []
    with pytest.raises(FileNotFoundError, match="of its own"):
        store.make("kind", "key", lambda _: (_ for _ in ()).throw(FileNotFoundError("of its own")))


@pytest.mark.parametrize(
    "damage",
    ["truncated", "changed", "removed", "added", "manifest", "manifest is no JSON", "a file", "another's"],
)
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    path = store.make("kind", "key", write)
    match damage:
        case "truncated":
            (path / "sub/file").write_text("")
        case "changed":
            (path / "sub/file").write_text("CONTENT")
        case "removed":
            (path / "sub/file").unlink()
        case "added":
            (path / "more").write_text("")
        case "manifest":
            (path / MANIFEST).unlink()
        case "manifest is no JSON":
            (path / MANIFEST).write_bytes(b"\xff{")
        case "a file":
            subprocess.run(["rm", "-r", path], check=True)
            path.write_text("no directory")
        case _:
            store.make("kind", "other", write).rename(tmp_path / "moved")
            subprocess.run(["rm", "-r", path], check=True)
            (tmp_path / "moved").rename(path)
    assert store.get("kind", "key") is None
    assert (store.make("kind", "key", write) / "sub/file").read_text() == "content"


def test_a_lazy_entry_is_checked_when_it_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.make("source", "key", write, lazily=["no such file"])
    store.require_whole("source", path)
    (path / "sub/file").write_text("")
    assert store.make("source", "key", write, lazily=["no such file"]) == path
    with pytest.raises(EnvironmentLacksError) as caught:
        store.require_whole("source", path)
    assert str(caught.value) == (
        "the store's source key was damaged and has been removed\n"
        "next: run the command again: it will be made again"
    )
    store.require_whole("source", store.make("source", "key", write, lazily=["no such file"]))


MAKES = """
import sys, time
from pathlib import Path
from harness.store import Store
def build(folder):
    (folder / "half").write_text("half")
    Path(str(folder) + ".tar").write_text("left beside")
    print("inside", flush=True)
    time.sleep(float(sys.argv[2]))
    (folder / "whole").write_text("whole")
    Path(str(folder) + ".tar").unlink()
print(Store(Path(sys.argv[1])).make("kind", "key", build), flush=True)
"""


def maker(root: Path, seconds: float) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", MAKES, str(root), str(seconds)]
    return subprocess.Popen(argv, cwd=REPO, stdout=subprocess.PIPE, text=True)


def test_a_killed_run_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    with maker(tmp_path, 60) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "inside\n"
        killed.send_signal(signal.SIGKILL)
    store = Store(tmp_path)
    assert len(entries(store)) == 2
    assert store.get("kind", "key") is None
    start = time.monotonic()
    assert store.make("kind", "key", write).is_dir()
    assert time.monotonic() - start < 5  # the dead run's lock fell with it
    assert entries(store) == ["key"]


def test_two_runs_share_a_store(tmp_path: Path) -> None:
    with maker(tmp_path, 0.5) as first, maker(tmp_path, 0.5) as second:
        said = first.communicate(timeout=30)[0] + second.communicate(timeout=30)[0]
    path = str(tmp_path / "kind/key")
    assert sorted(said.split()) == sorted(["inside", path, path])


def test_a_workspace_is_held_by_one(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom harness.store import Store\n"
        "with Store(Path(sys.argv[1])).workspace('kind', 'key') as home:\n"
        "    log = home / 'log'\n"
        "    with log.open('a') as f: f.write('in ')\n"
        "    time.sleep(.3)\n    with log.open('a') as f: f.write('out ')\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=REPO) for _ in range(2)]
    assert [one.wait(30) for one in runs] == [0, 0]
    assert (tmp_path / "kind/key/log").read_text() == "in out in out "


@pytest.mark.slow
def test_who_waits_long_for_another_run_is_told(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom harness.store import Store\n"
        "with Store(Path(sys.argv[1])).lock('kind', 'key'):\n"
        "    print('held', flush=True)\n    time.sleep(3)\n"
    )
    told: list[str] = []
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=REPO, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with Store(tmp_path).lock("kind", "key", lambda: told.append("waiting")):
            assert told == ["waiting"]
    with Store(tmp_path).lock("kind", "key", lambda: told.append("again")):
        assert told == ["waiting"]


# -- disks

FULL = (
    "cannot write kind to the store {}: no space left on device\n"
    "next: free some space there or set HARNESS_STORE to a directory on another disk; "
    "nothing half-written was kept"
)


def no_space(_folder: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_while_an_entry_is_made(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(EnvironmentLacksError) as caught:
        store.make("kind", "key", no_space)
    assert str(caught.value) == FULL.format(tmp_path)
    assert caught.value.exit_code == 4
    assert entries(store) == []


def test_a_full_disk_in_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacksError) as caught, Store(tmp_path).workspace("kind", "key") as home:
        no_space(home)
    assert str(caught.value) == FULL.format(tmp_path)


def big(folder: Path) -> None:
    (folder / "big").write_bytes(bytes(1 << 20))


def test_a_disk_that_is_really_full(small_disk: Callable[[int], Path]) -> None:
    store = Store(small_disk(256) / "store")
    with pytest.raises(EnvironmentLacksError) as caught:
        store.make("kind", "key", big)
    assert str(caught.value) == FULL.format(store.root)
    assert entries(store) == []
    assert store.make("kind", "key", write).is_dir()


def test_a_store_that_cannot_be_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file/store")
    what = f"cannot write kind to the store {store.root}: not a directory"
    with pytest.raises(EnvironmentLacksError) as caught:
        store.make("kind", "key", write)
    assert caught.value.what == what
    with pytest.raises(EnvironmentLacksError) as caught, store.workspace("kind", "key"):
        pass
    assert caught.value.what == what


def test_a_store_where_no_folder_can_be_made() -> None:
    store = Store(Path("/proc/store"))
    with pytest.raises(EnvironmentLacksError) as caught:
        store.make("kind", "key", write)
    assert caught.value.what == "cannot write kind to the store /proc/store: no such file or directory"


def test_an_error_of_a_program_is_not_taken_for_the_stores(tmp_path: Path) -> None:
    def refused(_folder: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/usr/bin/tool")

    with pytest.raises(PermissionError):
        Store(tmp_path).make("kind", "key", refused)


# -- keys


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_parts_of_a_key_do_not_run_into_each_other(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_key_of_a_name_that_is_not_utf8() -> None:
    assert digest("a\udcff") == digest(b"a\xff")


def test_where_the_store_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_STORE", "here")
    assert default_root() == tmp_path / "here"
    monkeypatch.delenv("HARNESS_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert default_root() == Path("/c/llvm-patch-harness")


def test_the_parts_of_a_key_are_found(tmp_path: Path) -> None:
    """Without damaged ones, and what a killed run leaves."""
    store = Store(tmp_path)
    assert store.find("kind", "key") == []
    for name in ("key.b", "key.a", "key.damaged", "key.killed", "key", "keys.a"):
        store.make("kind", name, write)
    (tmp_path / "kind/key.damaged/sub/file").write_text("CONTENT")
    (tmp_path / "kind/key.killed").rename(tmp_path / "kind/key.killed.tmp-01234567")
    assert [path.name for path in store.find("kind", "key")] == ["key.a", "key.b"]


def test_an_entry_is_dropped_and_made_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.drop("thing", "k")
    place = store.make("thing", "k", write)
    store.drop("thing", "k")
    assert (store.get("thing", "k"), place.exists()) == (None, False)
    assert store.make("thing", "k", write) == place


def test_what_is_no_entry_is_not_dropped(tmp_path: Path) -> None:
    store = Store(tmp_path)
    place = store.path("thing", "k")
    place.mkdir(parents=True)
    (place / "mine").write_text("x")
    store.drop("thing", "k")
    assert (place / "mine").is_file()

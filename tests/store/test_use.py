"""When an entry was used, who uses the store, and what killed runs left in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.store import MANIFEST, Store, use

REPOSITORY = Path(__file__).parents[2]
HOUR = 3600


def write(folder: Path) -> None:
    (folder / "file").write_text("content")


def set_used(path: Path, hours: float) -> float:
    """Say that an entry was used so many hours ago."""
    then = time.time() - hours * HOUR
    os.utime(path, (then, then))
    return path.stat().st_mtime


RUNS = """
import sys, time
from pathlib import Path
from harness.store import Store
store = Store(Path(sys.argv[1]))
def build(folder):
    (folder / "half").write_text("half")
    Path(str(folder) + ".tmp-beside").write_text("half")
    print("inside", flush=True)
    time.sleep(60)
store.make(sys.argv[2], "key", build)
"""


@contextmanager
def run_inside(root: Path, kind: str) -> Iterator[subprocess.Popen[str]]:
    """A run that makes an entry, until it is killed."""
    argv = [sys.executable, "-c", RUNS, str(root), kind]
    with subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "inside\n"
            yield run
        finally:
            run.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("how", ["get", "make", "lazily", "find"])
def test_a_use_is_written(tmp_path: Path, how: str) -> None:
    path = Store(tmp_path).make("kind", "key.a", write, lazily=["file"] if how == "lazily" else [])
    store = Store(tmp_path)
    set_used(path / MANIFEST, 3)
    match how:
        case "get":
            assert store.get("kind", "key.a") == path
        case "find":
            assert store.find("kind", "key") == [path]
        case _:
            assert store.make("kind", "key.a", write, lazily=["file"] if how == "lazily" else []) == path
    assert (path / MANIFEST).stat().st_mtime > time.time() - 60
    assert store.get("kind", "key.a") == path  # that time is none of what is checked


def test_a_use_of_a_workspace_is_written(tmp_path: Path) -> None:
    with Store(tmp_path).workspace("kind", "key") as home:
        (home / "file").write_text("")
    set_used(home, 3)
    with Store(tmp_path).workspace("kind", "key"):
        assert home.stat().st_mtime > time.time() - 60
    set_used(home, 3)
    Store(tmp_path).note_use("kind", "key")
    assert home.stat().st_mtime > time.time() - 60


def test_a_hot_entry_is_written_once_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Store(tmp_path).make("kind", "key", write)
    set_used(path / MANIFEST, 3)
    written: list[Path] = []
    monkeypatch.setattr(os, "utime", lambda path, *_: written.append(path))
    store = Store(tmp_path)
    for _ in range(5):
        assert store.get("kind", "key") == path
    assert written == [path / MANIFEST]
    monkeypatch.undo()
    # Other processes see what was written.
    used = set_used(path / MANIFEST, 0.5)
    assert Store(tmp_path).get("kind", "key") == path
    assert (path / MANIFEST).stat().st_mtime == used


def test_a_run_that_has_an_entry_for_hours_says_so_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    path = store.make("kind", "key", write)
    assert store.get("kind", "key") == path
    set_used(path / MANIFEST, 3)
    later = time.time() + 1.5 * HOUR
    monkeypatch.setattr(time, "time", lambda: later)
    assert store.get("kind", "key") == path
    monkeypatch.undo()
    assert (path / MANIFEST).stat().st_mtime > time.time() - 60


def test_an_entry_that_goes_while_it_is_checked_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check and the use: it is made again, not half used."""
    path = Store(tmp_path).make("kind", "key", write)
    store = Store(tmp_path)
    intact = store._intact

    def vanishing(path: Path) -> bool:
        found = intact(path)
        assert Store(tmp_path).evict("kind", "key")
        return found

    monkeypatch.setattr(store, "_intact", vanishing)
    assert store.get("kind", "key") is None
    monkeypatch.undo()
    assert (store.make("kind", "key", write) / "file").is_file()
    assert store.get("kind", "key") == path


def test_runs_are_known_until_they_end(tmp_path: Path) -> None:
    assert use.oldest_run(tmp_path) is None
    before = time.time()
    with run_inside(tmp_path, "kind"):
        begun = use.oldest_run(tmp_path)
        assert begun is not None
        assert before - 1 < begun <= time.time()
    assert use.oldest_run(tmp_path) is None
    argv = [sys.executable, "-c", RUNS.replace("time.sleep(60)", ""), str(tmp_path), "other"]
    subprocess.run(argv, cwd=REPOSITORY, check=True, capture_output=True)
    # The killed run's is gone with the next one, and that one's with itself.
    assert list((tmp_path / "locks/runs").iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    """Whatever that one makes or reads; what runs in progress have there stays."""
    path = Store(tmp_path).make("other", "key", write)
    with run_inside(tmp_path, "alive"):
        with run_inside(tmp_path, "dead"):
            pass
        assert len(list((tmp_path / "dead").iterdir())) == 2
        (tmp_path / "other/none.tmp-of-ours").write_text("")
        reads = f"from pathlib import Path; from harness.store import Store; Store(Path({str(tmp_path)!r}))"
        subprocess.run([sys.executable, "-c", f"{reads}.get('other', 'key')"], cwd=REPOSITORY, check=True)
        assert list((tmp_path / "dead").iterdir()) == []
        assert len(list((tmp_path / "alive").iterdir())) == 2
        assert len(list((tmp_path / "locks/runs").iterdir())) == 2  # of this process and the run
    assert sorted(one.name for one in (tmp_path / "other").iterdir()) == ["key", "none.tmp-of-ours"]
    assert (path / "file").is_file()


def test_a_store_that_is_only_read_is_left_alone(tmp_path: Path) -> None:
    assert Store(tmp_path / "store").get("kind", "key") is None
    assert not (tmp_path / "store").exists()


def test_a_process_with_many_stores_keeps_few_files_open(tmp_path: Path) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(40):
        Store(tmp_path / str(number)).make("kind", "key", write)
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_before + use._MOST


def test_a_fork_is_a_run_of_its_own(tmp_path: Path) -> None:
    """It outlives its parent, whose file it leaves alone."""
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom harness.store import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "def build(folder): (folder / 'file').write_text('')\n"
        "store.make('kind', 'key', build)\n"
        "runs = store.root / 'locks/runs'\n"
        "if not os.fork():\n"
        "    store.get('kind', 'key')\n    assert len(list(runs.iterdir())) == 2\n    sys.exit(0)\n"
        "assert os.wait()[1] == 0\n"
        "assert len(list(runs.iterdir())) == 1\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=REPOSITORY, check=True)
    assert list((tmp_path / "locks/runs").iterdir()) == []

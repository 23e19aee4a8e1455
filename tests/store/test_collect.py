"""Room in a store: what goes, beside what runs; two at once; one that is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import EnvironmentLacksError
from harness.store import MANIFEST, Store
from harness.store.choose import Stay
from harness.store.collect import Collected, collect
from harness.store.survey import survey
from tests.store.test_use import REPOSITORY, run_inside, set_used


def make(store: Store, kind: str, key: str, hours: float, size: int = 100_000) -> Path:
    """An entry that was used so many hours ago."""

    def write(folder: Path) -> None:
        (folder / "file").write_bytes(bytes(size))

    path = store.make(kind, key, write)
    set_used(path / MANIFEST, hours)
    return path


def gc(store: Store, most: int, **how: float | bool | None) -> Collected:
    return collect(store, survey(store), most, **how)  # type: ignore[arg-type] # what the test names


def names(done: Collected) -> list[str]:
    return [one.name for one in done.removed]


def test_the_least_recently_used_goes_first_and_sources_last(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for kind, key, hours in (("object", "a", 5), ("object", "b", 9), ("source", "s", 99), ("object", "c", 4)):
        make(store, kind, key, hours)
    fresh = make(store, "object", "fresh", 0)
    size = survey(store).bytes
    assert gc(store, size).removed == ()
    done = gc(store, size - 150_000, dry_run=True)
    assert names(done) == ["object/b", "object/a"]
    assert store.path("object", "b").is_dir()
    done = gc(store, size - 150_000)
    assert names(done) == ["object/b", "object/a"]
    assert (done.before, done.after) == (size, survey(store).bytes)
    assert store.get("object", "a") is None
    assert names(gc(store, 0)) == ["object/c", "source/s"]
    assert gc(store, 0).removed == ()
    assert fresh.is_dir()
    assert not list(tmp_path.rglob("*.tmp-*"))


def test_only_what_is_old_goes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    make(store, "object", "old", 50)
    make(store, "object", "new", 5)
    done = gc(store, 0, before=time.time() - 24 * 3600)
    assert names(done) == ["object/old"]
    assert done.after > 0


def test_what_is_locked_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    make(store, "object", "held", 9)
    make(store, "object", "free", 5)
    with Store(tmp_path).lock("object", "held"):
        start = time.monotonic()
        done = gc(store, 0)
        assert time.monotonic() - start < 2  # nobody waits
    assert names(done) == ["object/free"]
    assert names(gc(store, 0)) == ["object/held"]


def test_what_comes_to_be_locked_or_used_meanwhile_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    held, used = make(store, "object", "held", 9), make(store, "object", "used", 8)
    make(store, "object", "free", 5)
    found = survey(store)
    assert {one.stay for one in found.entries if one.kind == "object"} == {Stay.NOT}
    assert Store(tmp_path).get("object", "used") == used
    with Store(tmp_path).lock("object", "held"):
        done = collect(store, found, found.bytes - 1)
    assert names(done) == ["object/free"]
    assert store.get("object", "held") == held
    assert store.get("object", "used") == used


def test_what_a_run_in_progress_may_be_using_stays(tmp_path: Path) -> None:
    """It began four hours ago, and has not asked for the entry since."""
    store = Store(tmp_path)
    with run_inside(tmp_path, "object"):
        make(store, "overlay", "before", 5.5)
        make(store, "overlay", "since", 3.5)
        make(store, "overlay", "maybe", 4.5)  # used at the run's begin, but written an hour before
        for file in (tmp_path / "locks/runs").iterdir():
            set_used(file, 4)
        found = {one.name: one.stay for one in survey(store).entries if one.kind == "overlay"}
        assert found == {
            "overlay/before": Stay.NOT,
            "overlay/maybe": Stay.USED,
            "overlay/since": Stay.USED,
        }
        assert names(gc(store, 0)) == ["overlay/before"]


def test_a_check_beside_it_goes_on(tmp_path: Path) -> None:
    """A run that gets and makes entries all the time never has half of one."""
    code = (
        "import contextlib, os, sys, time\nfrom pathlib import Path\nfrom harness.store import Store\n"
        "root = Path(sys.argv[1])\n"
        "def build(folder):\n    for name in 'abc': (folder / name).write_text(name)\n"
        "end = time.monotonic() + 3\n"
        "print('begun', flush=True)\n"
        "while time.monotonic() < end:\n"
        "    for key in '0123456789':\n"
        "        path = Store(root).make('object', key, build)\n"
        "        assert [(path / name).read_text() for name in 'abc'] == ['a', 'b', 'c']\n"
        "        old = time.time() - 3 * 3600\n"
        # Away for a moment, if it was about to be removed when it came into use again.
        "        with contextlib.suppress(FileNotFoundError):\n"
        "            os.utime(path / '.entry.json', (old, old))\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path)]
    removed = 0
    with subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "begun\n"
        while run.poll() is None:
            removed += len(gc(Store(tmp_path), 0).removed)
    assert run.returncode == 0
    assert removed > 0


def test_two_at_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(60):
        make(store, "object", f"{number:02}", 5 + number, 1000)
    code = (
        "import sys\nfrom pathlib import Path\nfrom harness.store import Store\n"
        "from harness.store.collect import collect\nfrom harness.store.survey import survey\n"
        "store = Store(Path(sys.argv[1]))\nprint(len(collect(store, survey(store), 0).removed))\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    counts = [int(one.communicate(timeout=60)[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum(counts) >= 60
    assert list((tmp_path / "object").iterdir()) == []


@pytest.mark.parametrize("when", ["the manifest is aside", "the entry is aside", "half of it is gone"])
def test_one_that_is_killed_leaves_nothing_that_is_an_entry(tmp_path: Path, when: str) -> None:
    store = Store(tmp_path)
    make(store, "object", "a", 9)
    make(store, "object", "other", 0)
    before = {
        "the manifest is aside": "Store._clear",
        "the entry is aside": "store.remove",
        "half of it is gone": "shutil.os.rmdir",
    }[when]
    code = (
        "import os, shutil, signal, sys\nfrom pathlib import Path\nfrom harness.store import store\n"
        "from harness.store.store import Store\n"
        f"{before} = lambda *_a, **_b: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Store(Path(sys.argv[1])).evict('object', 'a')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Store(tmp_path).get("object", "a") is None
    shown = survey(store)
    assert [one.name for one in shown.entries if one.kind == "object"] == ["object/other"]
    assert len(shown.leftovers) == 1
    for place in (tmp_path / "object").iterdir():
        if place.name != "other":  # what stands where an entry was goes when it is a day old
            for path in (place, *place.iterdir()):
                set_used(path, 30)
    done_now = gc(store, 1 << 40)
    assert [one.may_go for one in done_now.leftovers] == [True]
    assert [path.name for path in (tmp_path / "object").iterdir()] == ["other"]


def test_what_belongs_to_no_kind_is_shown_and_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    make(store, "object", "a", 9)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "object/mine").mkdir()
    (tmp_path / "letters/2026").mkdir(parents=True)
    (tmp_path / "letters/2026/one").write_text("mine")
    (tmp_path / "graph/mine").mkdir(parents=True)  # nobody ever took its lock
    (tmp_path / "link").symlink_to("/etc")
    for path in tmp_path.rglob("*"):
        if not path.is_symlink() and "locks" not in path.parts:
            set_used(path, 99)
    found = survey(store)
    left = {"graph/mine", "letters/2026", "link", "notes.txt", "object/mine"}
    assert {one.path for one in found.leftovers} == left
    assert not any(one.may_go for one in found.leftovers)
    assert names(gc(store, 0)) == ["object/a"]
    assert {one.path for one in survey(store).leftovers} >= left - {"object/mine"}
    assert (tmp_path / "object/mine").is_dir()


def test_workspaces_and_caches_go_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.workspace("graph", "key") as home:
        (home / "build").mkdir()
    (tmp_path / "ccache/0").mkdir(parents=True)
    (tmp_path / "history.sqlite").write_text("runs")
    set_used(home, 9)
    set_used(tmp_path / "ccache", 8)
    set_used(tmp_path / "history.sqlite", 99)
    assert names(gc(store, 0)) == ["graph/key", "ccache"]
    assert not home.exists()
    assert not (tmp_path / "ccache").exists()
    assert (tmp_path / "history.sqlite").read_text() == "runs"


def test_benchmarks_that_were_killed_go_when_they_are_old(tmp_path: Path) -> None:
    store = Store(tmp_path)
    make(store, "object", "a", 0)
    for name in ("bench-new", "bench-old", "bench-other"):
        (tmp_path / name / ("all" if name != "bench-other" else "else")).mkdir(parents=True)
        for path in (tmp_path / name, *(tmp_path / name).iterdir()):
            set_used(path, 1 if name == "bench-new" else 30)
    assert [one.path for one in gc(store, 1 << 40).leftovers] == ["bench-old"]
    assert sorted(path.name for path in tmp_path.glob("bench-*")) == ["bench-new", "bench-other"]


def test_hard_links_are_counted_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    source = make(store, "source", "s", 9, 1_000_000)

    def link(folder: Path) -> None:
        os.link(source / "file", folder / "file")
        (folder / "own").write_bytes(bytes(100_000))

    store.make("patched", "p", link)
    found = {one.name: one.bytes for one in survey(store).entries}
    assert 1_000_000 <= found["source/s"] < 1_050_000
    assert 100_000 <= found["patched/p"] < 150_000
    for path in (source, store.path("patched", "p")):  # as entries of before have no size in their manifest
        record = json.loads((path / MANIFEST).read_text())
        assert record.pop("disk") == found[f"{path.parent.name}/{path.name}"]
        (path / MANIFEST).write_text(json.dumps(record))
    again = {one.name: one.bytes for one in survey(store).entries}
    assert abs(again["source/s"] - found["source/s"]) < 10_000
    assert abs(again["patched/p"] - found["patched/p"]) < 10_000


def test_what_cannot_be_removed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    make(store, "object", "a", 9)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(EnvironmentLacksError) as caught:
        gc(store, 0)
    assert str(caught.value) == (
        "cannot remove object/a from the store: permission denied\n"
        "next: make the store writable for this user, or run this as its owner; "
        "nothing half-removed is taken for an entry"
    )

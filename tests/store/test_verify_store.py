"""Whether a store is whole, and what is said and done where it is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.store import MANIFEST, Store, manifest
from harness.store.verify import DamagedEntry, verify

FILES = "its files are not what its manifest says"


def write(folder: Path) -> None:
    (folder / "head").write_text("first")
    (folder / "file").write_text("content")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with three entries and a workspace."""
    store = Store(tmp_path)
    for key in ("a", "b", "c"):
        store.make("object", key, write, lazily=["head"])
    with store.workspace("graph", "key") as home:
        (home / "file").write_text("")
    return store


def test_a_whole_store(store: Store) -> None:
    done = verify(store)
    assert (done.whole, done.damaged, done.locked) == (3, (), ())


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("changed", FILES),
        ("added", FILES),
        ("gone", FILES),
        ("manifest", "it has no manifest, or another entry's"),
        ("no manifest", "it has no manifest, or another entry's"),
        ("moved", "it has no manifest, or another entry's"),
        ("a file", "it has no manifest, or another entry's"),
    ],
)
def test_damage_is_named_and_repaired(store: Store, damage: str, why: str) -> None:
    path = store.path("object", "b")
    match damage:
        case "changed":
            (path / "file").write_text("CONTENT")
        case "added":
            (path / "more").write_text("")
        case "gone":
            (path / "head").unlink()
        case "manifest":
            (path / MANIFEST).write_bytes(b"\xff{")
        case "no manifest":
            (path / MANIFEST).unlink()
        case "moved":
            shutil.rmtree(path)
            store.make("object", "d", write).rename(path)
        case _:
            shutil.rmtree(path)
            path.write_text("")
    done = verify(store)
    assert (done.whole, done.damaged) == (2, (DamagedEntry("object/b", why),))
    assert path.exists()
    done = verify(store, repair=True)
    assert (done.whole, done.damaged) == (2, (DamagedEntry("object/b", why, removed=True),))
    assert not path.exists()
    assert verify(store).damaged == ()


def test_a_large_entry_is_checked_by_sizes_and_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "DIGEST_LIMIT", 3)
    store = Store(tmp_path)
    path = store.make("overlay", "large", write)
    with monkeypatch.context() as reading:
        reading.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
        assert verify(store).whole == 1
    (path / "file").write_text("longer than it was")
    assert [one.name for one in verify(store).damaged] == ["overlay/large"]


def test_what_is_in_use_is_not_checked(store: Store) -> None:
    (store.path("object", "b") / "file").write_text("being written")
    with Store(store.root).lock("object", "b"):
        done = verify(store, repair=True)
    assert (done.whole, done.damaged, done.locked) == (2, (), ("object/b",))
    assert store.path("object", "b").exists()


def test_what_is_not_the_stores_is_not_damaged(store: Store) -> None:
    (store.root / "object/mine").mkdir()
    (store.root / "letters/2026").mkdir(parents=True)
    (store.root / "notes.txt").write_text("mine")
    assert verify(store, repair=True).damaged == ()
    assert (store.root / "object/mine").is_dir()


def test_a_check_is_no_use(store: Store) -> None:
    """Else what is checked each night never goes."""
    before = {path: path.stat().st_mtime_ns for path in store.root.glob("*/*/.entry.json")}
    assert len(before) == 3
    verify(Store(store.root))
    assert {path: path.stat().st_mtime_ns for path in before} == before

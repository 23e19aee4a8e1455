"""What is read from the store is checked: what was damaged, replaced or written to is made again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.errors import EnvironmentLacksError
from harness.store import MANIFEST, Store
from harness.store import manifest as stores
from harness.store.disk import DiskUse

pytestmark = pytest.mark.slow


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries of a few bytes count as large: they are checked by sizes and times."""
    monkeypatch.setattr(stores, "DIGEST_LIMIT", 3)


def write(folder: Path) -> None:
    (folder / "head").write_text("first")
    (folder / "file").write_text("content")
    for name in ("head", "file"):
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))


def second(folder: Path) -> None:
    (folder / "head").write_text("second")


@pytest.mark.usefixtures("large")
def test_a_file_replaced_by_one_of_its_size_is_noticed(tmp_path: Path) -> None:
    path = Store(tmp_path).make("kind", "key", write)
    assert Store(tmp_path).get("kind", "key") == path
    (path / "file").write_text("CONTENT")
    assert Store(tmp_path).get("kind", "key") is None


@pytest.mark.usefixtures("large")
def test_a_large_entry_is_read_once_whoever_made_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has thousands of files."""
    read: list[Path] = []
    files = stores.read_files

    def noting(root: Path, use: DiskUse | None = None) -> stores.Files:
        read.append(root)
        return files(root, use)

    monkeypatch.setattr(stores, "read_files", noting)
    store = Store(tmp_path)
    path = store.make("kind", "key", write)
    read.clear()
    assert (store.get("kind", "key"), store.make("kind", "key", write)) == (path, path)
    assert read == []
    store = Store(tmp_path)
    assert (store.get("kind", "key"), store.get("kind", "key")) == (path, path)
    assert read == [path]


@pytest.mark.usefixtures("large")
def test_an_archive_keeps_whole_seconds_alone(tmp_path: Path) -> None:
    path = Store(tmp_path).make("kind", "key", write)
    os.utime(path / "file", ns=(1, 1_000_000_000_123_456_789))
    assert Store(tmp_path).get("kind", "key") == path


@pytest.mark.usefixtures("large")
def test_an_entry_made_before_times_counted_is_taken(tmp_path: Path) -> None:
    path = Store(tmp_path).make("kind", "key", write)
    record = json.loads((path / MANIFEST).read_text())
    record["content"] = stores.content(path, stores.read_files(path), timed=False)
    (path / MANIFEST).write_text(json.dumps(record))
    (path / "file").write_text("CONTENT")
    assert Store(tmp_path).get("kind", "key") == path
    (path / "file").write_text("longer content")
    assert Store(tmp_path).get("kind", "key") is None


@pytest.mark.parametrize("damage", ["empty", "gone", "changed", "manifest"])
def test_a_lazy_entry_with_a_damaged_head_is_made_again(tmp_path: Path, damage: str) -> None:
    path = Store(tmp_path).make("kind", "key", write, lazily=["head"])
    match damage:
        case "empty":
            (path / "head").write_text("")
        case "gone":
            (path / "head").unlink()
        case "changed":
            (path / "head").write_text("FIRST")
        case _:
            (path / MANIFEST).write_text("")
    (path / "file").unlink()
    assert Store(tmp_path).make("kind", "key", write, lazily=["head"]) == path
    assert (path / "head").read_text() == "first"
    Store(tmp_path).require_whole("kind", path)


def test_a_lazy_entry_is_not_made_again_for_what_is_no_head(tmp_path: Path) -> None:
    path = Store(tmp_path).make("kind", "key", write, lazily=["head"])
    (path / "file").unlink()
    assert Store(tmp_path).make("kind", "key", write, lazily=["head"]) == path
    assert not (path / "file").exists()
    with pytest.raises(EnvironmentLacksError, match="was damaged and has been removed"):
        Store(tmp_path).require_whole("kind", path)


def test_an_entry_is_reworked_in_its_place(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.make("kind", "key", write, lazily=["head"])
    store.rework("kind", "key", second)
    assert store.get("kind", "key") == path
    assert Store(tmp_path).make("kind", "key", write, lazily=["head"]) == path
    assert (path / "head").read_text() == "second"


def test_a_damaged_entry_is_not_reworked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.make("kind", "key", write)
    (path / "file").unlink()
    store.rework("kind", "key", second)
    assert (path / "head").read_text() == "first"
    store.rework("kind", "other", write)
    assert not store.path("kind", "other").exists()


def test_a_rework_that_was_killed_leaves_a_damaged_entry(tmp_path: Path) -> None:
    def killed(folder: Path) -> None:
        (folder / "head").write_text("sec")
        raise KeyboardInterrupt

    store = Store(tmp_path)
    store.make("kind", "key", write)
    with pytest.raises(KeyboardInterrupt):
        store.rework("kind", "key", killed)
    assert store.get("kind", "key") is None

"""Maps of a release are part of a cell's key, and go to the machines that evaluate."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.artifacts.settings import open_artifacts
from harness.llvm import Prebuilt, Release, SourceTree
from harness.matrix.maps import maps_digest, share_maps, take_maps
from harness.reach.map.store import MappedRelease, Maps
from harness.store import Store
from tests.mapping.made_maps import NAMES, made_maps

RELEASE = Release(
    Prebuilt(
        prefix=Path("prefix"),
        version="19.1.7",
        cc=Path("cc"),
        cxx=Path("cxx"),
        tblgen=None,
        bin=Path("bin"),
        sysroot=None,
        libs=None,
        linker="mold",
        assertions=False,
        identity="archives",
        provenance="made up",
    ),
    SourceTree(Path("source"), "19.1.7", "source", "made up"),
)


@pytest.fixture
def mapped(tmp_path: Path) -> Store:
    """A store with maps of the release, which shares what it makes."""
    maps = made_maps(tmp_path / "here", release=MappedRelease.of(RELEASE))
    return Store(maps.store.root, open_artifacts(str(tmp_path / "shared")))


def entered(store: Store) -> tuple[str, ...]:
    """The folders whose maps the store has, and can read."""
    maps, refused = Maps(store, MappedRelease.of(RELEASE)).load()
    assert refused == ()
    return tuple(one.origin.folder for one in maps.folders)


def test_a_key_changes_with_a_map_and_not_with_the_table(mapped: Store, tmp_path: Path) -> None:
    before = maps_digest(mapped, RELEASE)
    maps = Maps(mapped, MappedRelease.of(RELEASE))
    maps.grow([NAMES[0], *(type(NAMES[0])("llvm/lib/New.cpp", "fresh()"),)])
    assert maps_digest(mapped, RELEASE) == before
    maps.file(maps.folders()[0]).unlink()
    assert maps_digest(mapped, RELEASE) != before
    assert maps_digest(Store(tmp_path / "none"), RELEASE) == maps_digest(Store(tmp_path / "other"), RELEASE)


def test_maps_go_to_another_store_once(mapped: Store, tmp_path: Path) -> None:
    key = maps_digest(mapped, RELEASE)
    share_maps(mapped, RELEASE, key)
    there = Store(tmp_path / "there", open_artifacts(str(tmp_path / "shared")))
    take_maps(there, RELEASE, key)
    assert entered(there) == entered(mapped) != ()
    # What was taken is not taken again, though it is gone.
    maps = Maps(there, MappedRelease.of(RELEASE))
    maps.file(maps.folders()[0]).unlink()
    take_maps(there, RELEASE, key)
    assert entered(there) == entered(mapped)[1:]


def test_no_maps_are_shared_as_none(tmp_path: Path) -> None:
    stores = [Store(tmp_path / name, open_artifacts(str(tmp_path / "shared"))) for name in ("here", "there")]
    key = maps_digest(stores[0], RELEASE)
    share_maps(stores[0], RELEASE, key)
    take_maps(stores[1], RELEASE, key)
    assert entered(stores[1]) == ()


def test_without_a_place_to_share_nothing_is_made(mapped: Store, tmp_path: Path) -> None:
    alone = Store(mapped.root)
    before = sorted(mapped.root.iterdir())
    key = maps_digest(alone, RELEASE)
    share_maps(alone, RELEASE, key)
    take_maps(alone, RELEASE, key)
    assert sorted(mapped.root.iterdir()) == before

"""Where maps are kept: what does not fit together is refused in one line, and never used."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Outcome
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import UnusableMapError, write_map
from harness.reach.map.store import MappedRelease, Maps, list_mapped
from harness.reach.names import FunctionName
from harness.store import Store

RELEASE = MappedRelease("19.1.7", "0123456789", "a Debian")
NAMES = [FunctionName("", f"f{n}") for n in range(3)]


def put(maps: Maps, folder: str, release: str = RELEASE.identity, of: str | None = None) -> None:
    table = maps.table()
    origin = Origin("19.1.7", release, of or folder, "suite", "made", len(table), table.digest)
    maps.put(folder, write_map(origin, [WatchedTest("a.ll", Outcome.PASS, {"llc": frozenset({0})})]))


def test_maps_stay_right_as_the_table_grows(tmp_path: Path) -> None:
    maps = Maps(Store(tmp_path), RELEASE)
    maps.grow(NAMES[1:])
    put(maps, "upstream:CodeGen/X86")
    maps.grow(NAMES)
    put(maps, "lit-tests")
    loaded, refused = maps.load()
    assert refused == ()
    assert [(one.origin.folder, *one.entering([0]), *one.entering([2])) for one in loaded.folders] == [
        ("lit-tests", 0),
        ("upstream:CodeGen/X86", 0),
    ]
    assert list(loaded.table) == [NAMES[1], NAMES[2], NAMES[0]]
    assert list(list_mapped(maps.store)) == [RELEASE]


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    maps = Maps(Store(tmp_path), RELEASE)
    maps.grow(NAMES)
    put(maps, "a")
    put(maps, "b", release="another")
    put(maps, "c", of="a")
    assert maps.load()[1] == (
        "the map of b: is of another release or folder",
        "the map of c: is of another release or folder",
    )
    assert maps.load(["a", "none"])[1] == ()
    other = Maps(Store(tmp_path / "other"), RELEASE)
    other.grow(NAMES[:1])
    other.put("a", maps.file("a").read_bytes())
    loaded, refused = other.load()
    assert (loaded.folders, refused) == ((), ("the map of a: numbers the functions of another table",))


def test_a_damaged_table_begins_anew_and_no_map_of_it_is_used(tmp_path: Path) -> None:
    maps = Maps(Store(tmp_path), RELEASE)
    maps.grow(NAMES)
    put(maps, "a")
    (maps.root / "functions.reach").write_bytes(b"")
    loaded, refused = maps.load()
    assert loaded.folders == ()
    assert refused == ("the functions of LLVM 19.1.7: is not a map of this harness's",)
    table = maps.grow(NAMES[:2])
    assert list(table) == NAMES[:2]
    with pytest.raises(UnusableMapError, match="numbers the functions of another table"):
        maps.get("a", table)


def test_a_folder_of_any_name_has_a_file_of_its_own(tmp_path: Path) -> None:
    maps = Maps(Store(tmp_path), RELEASE)
    maps.grow(NAMES)
    names = ("..", "a/b", "a%2Fb", "upstream:MC/X86")
    for name in names:
        put(maps, name)
    assert maps.folders() == tuple(sorted(names))
    assert {path.parent.name for path in map(maps.file, names)} == {"folders"}

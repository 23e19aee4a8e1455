"""Maps in one file for other machines: what is read again, and what is refused with nothing changed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EnvironmentLacksError, UsageError
from harness.mapping import exchange
from harness.mapping.exchange import export, import_maps, read_export, read_file, unpack_shipped
from harness.mapping.folders import name_of_option
from harness.reach.map.format import UnusableMapError
from harness.reach.map.nearest import entering
from harness.reach.map.store import Maps
from harness.reach.names import FunctionName
from harness.store import Store
from tests.mapping.made_maps import FOLDERS, LOWER, MAIN, NAMES, RELEASE, VISIT, made_maps


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def entering_tests(maps: Maps) -> list[list[tuple[str, int]]]:
    loaded, refused = maps.load()
    assert refused == ()
    return [[(t.name, t.functions) for t in entering(loaded, [name])] for name in NAMES]


@pytest.mark.parametrize("order", [(), (MAIN,), (MAIN, LOWER, VISIT)])
def test_an_export_says_the_same_in_any_store(tmp_path: Path, order: tuple[FunctionName, ...]) -> None:
    theirs = made_maps(tmp_path / "theirs")
    file = tmp_path / "19.reach"
    file.write_bytes(export(theirs).data)
    mine = Maps(Store(tmp_path / "mine"), RELEASE)
    for name in order:
        mine.grow([name])
    assert import_maps(mine.store, read_file(file), RELEASE) == tuple(FOLDERS)
    assert entering_tests(mine) == entering_tests(theirs)
    assert mine.folders() == theirs.folders() == tuple(FOLDERS)
    assert export(theirs).data == file.read_bytes()


def test_nothing_to_export_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacksError) as caught:
        export(Maps(Store(tmp_path), RELEASE))
    assert str(caught.value) == ("no map of LLVM 19.1.7 to export\nnext: make one with 'harness reach build'")


def test_what_is_damaged_is_left_out_and_said(tmp_path: Path) -> None:
    maps = made_maps(tmp_path)
    maps.file("lit-tests").write_bytes(b"no map")
    found = export(maps)
    assert (found.folders, found.refused) == (
        ("upstream:CodeGen/X86",),
        ("the map of lit-tests: is not a map of this harness's",),
    )
    assert [one.origin.folder for one in read_export(found.data, "file")[1].folders] == [*found.folders]


def test_some_folders_are_exported_alone(tmp_path: Path) -> None:
    maps = made_maps(tmp_path)
    found = export(maps, ["lit-tests", "lit-tests"])
    assert found.folders == ("lit-tests",)
    assert [one.origin.folder for one in read_export(found.data, "file")[1].folders] == ["lit-tests"]
    with pytest.raises(UsageError) as caught:
        export(maps, ["lit-tests", "upstream:MC/X86"])
    assert str(caught.value) == (
        "--suite upstream:MC/X86: has no map of LLVM 19.1.7\n"
        "next: make it: harness reach build --suite upstream:MC/X86"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lit-tests", "lit-tests"),
        ("../lit-tests/", "lit-tests"),
        ("upstream:llvm/test/MC/X86", "upstream:MC/X86"),
    ],
)
def test_a_folder_is_called_as_its_map(text: str, name: str) -> None:
    assert name_of_option(text) == name


def test_the_folders_of_the_map_that_comes_with_the_harness_are_named_once_each() -> None:
    names = Path(exchange.__file__).with_name("shipped-folders.txt").read_text().splitlines()
    assert names[0] == "lit-tests"
    assert len(set(names)) == len(names) > 200
    assert [name_of_option(name) for name in names] == names


def test_what_cannot_be_imported_is_said_and_changes_nothing(tmp_path: Path) -> None:
    whole = export(made_maps(tmp_path / "theirs")).data
    mine = made_maps(tmp_path / "mine")
    before = files(tmp_path / "mine")
    other = replace(RELEASE, identity="9876543210", provenance="another Debian")
    said = []
    for name, data, release in (
        ("gone", None, RELEASE),
        ("text", b"no map", RELEASE),
        ("short", whole[:-200], RELEASE),
        ("other", whole, other),
        ("mixed", _with_folder_of(tmp_path / "third", whole), RELEASE),
    ):
        path = Path(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            if data is not None:
                path.write_bytes(data)
            with pytest.raises(UsageError) as caught:
                import_maps(mine.store, read_file(path), release)
        said.append(str(caught.value))
    assert said == [
        "gone: cannot be read: No such file or directory\nnext: name a file",
        "text: is not a file that 'harness reach export' wrote, or damaged\nnext: export it again",
        "short: is not a file that 'harness reach export' wrote, or damaged\nnext: export it again",
        "other: is a map of LLVM 19.1.7 from a Debian; here is LLVM 19.1.7 from another Debian\n"
        "next: make one with 'harness reach build', or name the LLVM that it is of",
        "mixed: has parts of several exports\nnext: export it again",
    ]
    assert files(tmp_path / "mine") == before


def _with_folder_of(root: Path, whole: bytes) -> bytes:
    """The export with one map of a release whose functions have other numbers."""
    third = made_maps(root, names=(MAIN, LOWER, VISIT))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.infolist():
            mine = one.filename == "folders/0000"
            new.writestr(one, third.file("lit-tests").read_bytes() if mine else old.read(one))
    return out.getvalue()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return export(made_maps(tmp_path_factory.mktemp("whole"))).data


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_says_the_same(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    other = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    try:
        release, maps = read_export(other, "file")
    except UnusableMapError:
        return
    # A zip has bytes that mean nothing to a reader, such as the times of its parts.
    assert (release, maps.table) == (RELEASE, read_export(whole, "file")[1].table)
    assert [one.origin.folder for one in maps.folders] == list(FOLDERS)


@pytest.mark.parametrize(
    ("field", "value"), [(8, 1), (8, 0x40), (10, 99)], ids=["encrypted", "strongly", "method"]
)
def test_a_part_that_zipfile_does_not_read_is_refused(whole: bytes, field: int, value: int) -> None:
    """The flags and the method of each part, as the directory at the end of the file has them."""
    other, at = bytearray(whole), 0
    while (at := other.find(b"PK\x01\x02", at)) >= 0:
        other[at + field] = value
        at += 4
    with pytest.raises(UnusableMapError, match="is not a file that 'harness reach export' wrote, or damaged"):
        read_export(bytes(other), "file")


def test_the_maps_that_come_with_the_harness_fill_gaps_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped.reach"
    monkeypatch.setattr(exchange, "SHIPPED", shipped)
    mine = Maps(Store(tmp_path / "mine"), RELEASE)
    unpack_shipped(mine.store)
    assert mine.folders() == ()
    shipped.write_bytes(export(made_maps(tmp_path / "theirs")).data)
    unpack_shipped(mine.store, replace(RELEASE, identity="9876543210"))
    assert mine.folders() == ()
    unpack_shipped(mine.store, RELEASE)
    assert mine.folders() == tuple(FOLDERS)
    mine.put("lit-tests", b"mine")
    mine.file("upstream:CodeGen/X86").unlink()
    unpack_shipped(mine.store)
    assert mine.folders() == tuple(FOLDERS)
    assert mine.file("lit-tests").read_bytes() == b"mine"
    said = mine.load()[1]
    assert said == ("the map of lit-tests: is not a map of this harness's",)

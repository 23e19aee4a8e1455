"""Folders packed and unpacked: as they were, and never outside."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harness.artifacts.pack import BadArchiveError, pack, unpack

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60).filter(
    lambda name: name not in {".", ".."} and len(name.encode()) < 250
)
TREES = st.recursive(
    st.tuples(st.binary(max_size=50), st.booleans(), st.integers(0, 2_000_000_000)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


def put(folder: Path, tree: object) -> None:
    assert isinstance(tree, dict)
    for name, inner in tree.items():
        if isinstance(inner, dict):
            (folder / name).mkdir()
            put(folder / name, inner)
        else:
            data, is_program, time = inner
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o755 if is_program else 0o644)
            os.utime(folder / name, (time, time))


def look(folder: Path) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        name, state = str(path.relative_to(folder)), path.lstat()
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder",)
        else:
            found[name] = (path.read_bytes(), state.st_mode, int(state.st_mtime))
    return found


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_a_folder_comes_back_as_it_was(tree: dict[str, object]) -> None:
    with TemporaryDirectory() as top:
        there, again, blob, same = (Path(top, name) for name in ("there", "again", "blob", "same"))
        there.mkdir()
        again.mkdir()
        put(there, tree)
        pack(there, blob)
        unpack(blob, again)
        assert look(again) == look(there)
        pack(again, same)
        assert same.read_bytes() == blob.read_bytes()


def test_links_come_back_and_hard_links_stay_one_file(tmp_path: Path) -> None:
    there, again = tmp_path / "there", tmp_path / "again"
    for path in (there / "libs", there / "root/lib", again):
        path.mkdir(parents=True)
    (there / "root/lib/a").write_text("a")
    (there / "root/lib/b").hardlink_to(there / "root/lib/a")
    (there / "libs/a").symlink_to("../root/lib/a")
    (there / "loader").symlink_to("/lib64/ld-linux-x86-64.so.2")
    (there / "to folder").symlink_to("root/lib")
    (there / "to nothing").symlink_to("gone")
    pack(there, tmp_path / "blob")
    unpack(tmp_path / "blob", again)
    assert look(again) == look(there)
    assert (again / "root/lib/b").samefile(again / "root/lib/a")
    assert (again / "to folder/a").read_text() == "a"


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", data: bytes = b"x") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    info.size = len(data) if kind == tarfile.REGTYPE else 0
    return info


def archive(*members: tarfile.TarInfo) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for info in members:
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    return zstandard.compress(raw.getvalue())


SYM, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
HOSTILE = {
    "absolute": ([member("/tmp/evil")], "it has a name that leads outside: '/tmp/evil'"),  # noqa: S108 - a name
    "dots": ([member("a/../../evil")], "it has a name that leads outside: 'a/../../evil'"),
    "itself": ([member(".", tarfile.DIRTYPE)], "it has a name that leads outside: '.'"),
    "link out": ([member("a", SYM, "../evil")], "a is a link that leads outside"),
    "link out from below": ([member("a/b", SYM, "../c/../../evil")], "a/b is a link that leads outside"),
    "through a link": ([member("a", SYM, "/etc"), member("a/evil")], "a is in it twice"),
    "link through a link": (
        [member("a", SYM, "b"), member("b", tarfile.DIRTYPE), member("a/evil", SYM, "c")],
        "a/evil is below a link",
    ),
    "link below a later link": ([member("a/b", SYM, "c"), member("a", SYM, "b")], "a/b is below a link"),
    "two links": ([member("a", SYM, "b"), member("a", SYM, "c")], "a is in it twice"),
    "twice": ([member("a"), member("a")], "a is in it twice"),
    "below a file": ([member("a"), member("a/b")], "a/b is in it twice"),
    "hard link out": ([member("a", HARD, "/etc/passwd")], "it has a name that leads outside: '/etc/passwd'"),
    "hard link to nothing": ([member("a", HARD, "b")], "a is a link to what is no file of it"),
    "hard link to a link": (
        [member("b", SYM, "/etc/passwd"), member("a", HARD, "b")],
        "a is a link to what is no file of it",
    ),
    "device": ([member("a", tarfile.CHRTYPE)], "a is no file, folder or link"),
    "pipe": ([member("a", tarfile.FIFOTYPE)], "a is no file, folder or link"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_writes_nothing_outside(tmp_path: Path, name: str) -> None:
    members, says = HOSTILE[name]
    inside = tmp_path / "top/inside"
    inside.mkdir(parents=True)
    (tmp_path / "blob").write_bytes(archive(*members))
    with pytest.raises(BadArchiveError) as caught:
        unpack(tmp_path / "blob", inside)
    assert str(caught.value) == says
    assert [path.name for path in (tmp_path / "top").iterdir()] == ["inside"]


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    whole = archive(member("a"), member("b"))
    for data in (b"", b"text", whole[:-8], zstandard.compress(b"no tar"), whole[:20]):
        (tmp_path / "blob").write_bytes(data)
        (tmp_path / str(len(data))).mkdir()
        with pytest.raises(BadArchiveError, match=r"^it is no archive: "):
            unpack(tmp_path / "blob", tmp_path / str(len(data)))

"""A folder as one file, and back: a tar of its files in their order, compressed by zstd.

What is unpacked is not trusted. A folder is written below itself only: names are relative and have no `..`,
nothing is written twice, and symbolic links are made last, so that nothing is written through one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

# Level 3 takes a third of the time of level 9 for a tenth more of bytes (docs/scale.md).
_LEVEL = 3
_MODES = 0o777


class BadArchiveError(ValueError):
    """What is no archive of a folder, or one that would write elsewhere; says why in a few words."""


def pack(folder: Path, out: Path) -> None:
    """Write a folder to a file. The same files with the same times are the same bytes."""
    import zstandard

    compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=-1)
    with (
        out.open("wb") as raw,
        compressor.stream_writer(raw) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in _walk(folder):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)


def _walk(folder: Path) -> Iterator[Path]:
    """All below a folder but itself, each folder before what is in it."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(here, name) for name in sorted([*folders, *names]))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose a file is means nothing elsewhere; nor do parts of a second, or when a folder changed."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0 if member.isdir() else int(member.mtime)
    return member


def unpack(blob: Path, folder: Path) -> None:
    """Write what `pack` packed below an empty folder. Raises BadArchiveError, and OSError of the disk."""
    import zstandard

    with blob.open("rb") as raw:
        stream = zstandard.ZstdDecompressor().stream_reader(raw)
        try:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                _Unpacking(folder, archive).run()
        except (tarfile.TarError, zstandard.ZstdError, EOFError, UnicodeError) as error:
            raise BadArchiveError(f"it is no archive: {error}") from error


class _Unpacking:
    """One archive on its way into a folder."""

    def __init__(self, folder: Path, archive: tarfile.TarFile) -> None:
        self.folder = folder
        self.archive = archive
        self.files: set[str] = set()
        self.links: dict[str, str] = {}

    def run(self) -> None:
        for member in self.archive:
            name = _checked(member.name)
            with _told_once(name):
                self._member(name, member)
        for name, target in self.links.items():
            if any(str(above) in self.links for above in PurePosixPath(name).parents):
                raise BadArchiveError(f"{name} is below a link")
            self._require_inside(name, target)
            with _told_once(name):
                self._place(name).symlink_to(target)

    def _member(self, name: str, member: tarfile.TarInfo) -> None:
        if member.issym():
            if name in self.links:
                raise FileExistsError(name)
            self.links[name] = member.linkname
        elif member.isdir():
            self._place(name).mkdir(exist_ok=True)
            (self.folder / name).chmod(member.mode & _MODES | 0o700)
        elif member.islnk():
            # Symbolic links are not there yet, so that this one leads to a file of the archive.
            if (target := _checked(member.linkname)) not in self.files:
                raise BadArchiveError(f"{name} is a link to what is no file of it")
            os.link(self.folder / target, self._place(name))
            self.files.add(name)
        elif member.isreg():
            self._write(name, member)
        else:
            raise BadArchiveError(f"{name} is no file, folder or link")

    def _write(self, name: str, member: tarfile.TarInfo) -> None:
        place = self._place(name)
        data = self.archive.extractfile(member)
        assert data is not None  # it is a regular file
        with place.open("xb") as out:
            shutil.copyfileobj(data, out, 1 << 20)
        place.chmod(member.mode & _MODES)
        os.utime(place, (member.mtime, member.mtime))
        self.files.add(name)

    def _place(self, name: str) -> Path:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _require_inside(self, name: str, target: str) -> None:
        """A relative link stays inside. An absolute one is kept as it is: Debian's packages have some.

        `libs/x -> ../root/usr/lib/x` is inside; what a link leads to is never opened here.
        """
        if not target.startswith("/"):
            depth = len(PurePosixPath(name).parents) - 1
            for part in PurePosixPath(target).parts:
                depth += -1 if part == ".." else 1
                if depth < 0:
                    raise BadArchiveError(f"{name} is a link that leads outside")


def _checked(name: str) -> str:
    """A member's name, in one spelling. Raises BadArchiveError."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise BadArchiveError(f"it has a name that leads outside: {name!r}")
    return path.as_posix()


@contextlib.contextmanager
def _told_once(name: str) -> Iterator[None]:
    """What is there already, or is a file where a folder is needed, is the archive's fault."""
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise BadArchiveError(f"{name} is in it twice") from None

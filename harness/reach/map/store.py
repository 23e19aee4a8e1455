"""Where maps are kept: for each release a folder of the store, with the table and a file for each folder of
tests. Every file carries its checksum, and is replaced as a whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from harness.llvm import Release
from harness.reach.map.folder import FolderMap
from harness.reach.map.format import UnusableMapError, read_map, read_table, write_table
from harness.reach.map.select import ReachMap
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName
from harness.store import Store, digest

KIND = "reach"
_ABOUT, _TABLE, _FOLDERS, _SUFFIX = "release.json", "functions.reach", "folders", ".reach"


@dataclass(frozen=True, slots=True)
class MappedRelease:
    """The release that maps are of. `identity` is that of its archives and its source."""

    version: str
    identity: str
    provenance: str

    @classmethod
    def of(cls, release: Release) -> MappedRelease:
        """The release with these archives and this source."""
        identity = digest(release.prebuilt.identity, release.source.identity)
        return cls(release.version, identity, release.provenance)


@dataclass(frozen=True, slots=True)
class Maps:
    """The maps of one release in a store."""

    store: Store
    release: MappedRelease

    @property
    def root(self) -> Path:
        """The folder with the files."""
        return self.store.path(KIND, self.release.identity)

    def file(self, folder: str) -> Path:
        """The file with the map of a folder of tests."""
        return self.root / _FOLDERS / f"{quote(folder, safe='')}{_SUFFIX}"

    def folders(self) -> tuple[str, ...]:
        """The folders of tests that have a map, sorted."""
        names = (path.name.removesuffix(_SUFFIX) for path in (self.root / _FOLDERS).glob(f"*{_SUFFIX}"))
        return tuple(sorted(map(unquote, names)))

    def alone(self, folder: str) -> AbstractContextManager[None]:
        """Nobody else makes the map of this folder during the block."""
        return self.store.lock(KIND, digest(self.release.identity, folder))

    def table(self) -> FunctionTable:
        """The table of the functions; empty if there is none yet. Raises UnusableMapError."""
        path = self.table_file()
        if not path.is_file():
            return FunctionTable()
        self.store.note_use(KIND, self.release.identity)
        return read_table(path.read_bytes(), f"the functions of LLVM {self.release.version}")

    def table_file(self) -> Path:
        """The file with the table."""
        return self.root / _TABLE

    def grow(self, names: Iterable[FunctionName], unwatched: Iterable[FunctionName] = ()) -> FunctionTable:
        """The table with these functions in it too. A damaged one begins anew, and with it all maps."""
        with self.store.workspace(KIND, self.release.identity) as place:
            try:
                before = self.table()
            except UnusableMapError:
                before = FunctionTable()
            table = before.grown(names, unwatched)
            if table is not before:
                _replace(place / _ABOUT, msgspec.json.encode(self.release))
                _replace(self.table_file(), write_table(table))
            return table

    def begin(self, table: FunctionTable) -> None:
        """Take over a whole table, with its numbers, if there is none yet."""
        with self.store.workspace(KIND, self.release.identity) as place:
            if not self.table_file().exists():
                _replace(place / _ABOUT, msgspec.json.encode(self.release))
                _replace(self.table_file(), write_table(table))

    def put(self, folder: str, data: bytes) -> None:
        """Keep the map of a folder of tests."""
        self.file(folder).parent.mkdir(parents=True, exist_ok=True)
        _replace(self.file(folder), data)

    def get(self, folder: str, table: FunctionTable) -> FolderMap | None:
        """The map of a folder of tests, or None if there is none. Raises UnusableMapError."""
        path = self.file(folder)
        if not path.is_file():
            return None
        found = read_map(path.read_bytes(), f"the map of {folder}")
        origin = found.origin
        if origin.release != self.release.identity or origin.folder != folder:
            raise UnusableMapError(
                f"the map of {folder}: is of another release or folder",
                "make it again with 'harness reach build'",
            )
        if not table.has_grown_from(origin.functions, origin.table):
            raise UnusableMapError(
                f"the map of {folder}: numbers the functions of another table",
                "make it again with 'harness reach build'",
            )
        return found

    def load(self, folders: Iterable[str] | None = None) -> tuple[ReachMap, tuple[str, ...]]:
        """The maps of these folders of tests (of all, without), and a line for each that cannot be used."""
        said: list[str] = []
        found: list[FolderMap] = []
        try:
            table = self.table()
        except UnusableMapError as error:
            return ReachMap(FunctionTable(), ()), (error.what,)
        for folder in self.folders() if folders is None else folders:
            try:
                one = self.get(folder, table)
            except UnusableMapError as error:
                said.append(error.what)
            else:
                found += [one] if one is not None else []
        return ReachMap(table, tuple(found)), tuple(said)


def list_mapped(store: Store) -> Iterator[MappedRelease]:
    """The releases that a store has maps of, those made last first."""
    places = [path for path in (store.root / KIND).glob(f"*/{_ABOUT}") if path.is_file()]
    for path in sorted(places, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=MappedRelease)
        except msgspec.DecodeError:
            continue


def _replace(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{path.name}.tmp-{uuid.uuid4().hex[:8]}")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)

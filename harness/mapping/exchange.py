"""All maps of a release in one file, so that a team makes them once: a zip of the store's own files.

Each part has its checksum, and all are read before anything is kept. Maps are renumbered if the store has
another table of functions by now.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.errors import EnvironmentLacksError, UsageError
from harness.reach.map.format import UnusableMapError, read_map, read_table, renumber, write_folder
from harness.reach.map.select import ReachMap
from harness.reach.map.store import MappedRelease, Maps
from harness.store import Store

# The map of the default release, which comes with the harness.
SHIPPED = Path(__file__).with_name("shipped.reach")
_ABOUT, _FOLDER_NAMES, _TABLE, _FOLDERS = "release.json", "folders.json", "functions", "folders/"
# What the origin of a map begins with that came in a file: its tools and code are not those of this machine.
ELSEWHERE = "elsewhere: "
# A zip says how large its parts are, and may lie.
_MOST = 1 << 28


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into a file: the maps of these folders; and a line for each that cannot be used."""

    data: bytes
    folders: tuple[str, ...]
    refused: tuple[str, ...]


def export(maps: Maps, folders: Sequence[str] = ()) -> Export:
    """The maps of a release as one file: of these folders, or of all.

    Raises EnvironmentLacksError if there are none, and UsageError if one of the folders has no map.
    """
    held = maps.folders()
    for folder in folders:
        if folder not in held:
            raise UsageError(
                f"--suite {folder}: has no map of LLVM {maps.release.version}",
                f"make it: harness reach build --suite {folder}",
            )
    loaded, refused = maps.load(dict.fromkeys(folders) or held)
    if not loaded.folders:
        raise EnvironmentLacksError(
            f"no map of LLVM {maps.release.version} to export",
            "make one with 'harness reach build'",
            "\n".join(refused),
        )
    out = io.BytesIO()
    names = tuple(one.origin.folder for one in loaded.folders)
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(_part(_ABOUT), msgspec.json.encode(maps.release))
        file.writestr(_part(_FOLDER_NAMES), msgspec.json.encode(names))
        # As it is there now, grown since or not: to pack it takes seconds.
        file.writestr(_part(_TABLE), maps.table_file().read_bytes())
        for number, one in enumerate(loaded.folders):
            file.writestr(_part(f"{_FOLDERS}{number:04}"), maps.file(one.origin.folder).read_bytes())
    return Export(out.getvalue(), names, refused)


def _part(name: str) -> zipfile.ZipInfo:
    # Without the time, so that the same maps are the same file.
    return zipfile.ZipInfo(name)


def read_export(data: bytes, what: str) -> tuple[MappedRelease, ReachMap]:
    """The maps in a file; `what` is what errors call it. Raises UnusableMapError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            parts = dict(_parts(file))
            release = msgspec.json.decode(parts.pop(_ABOUT), type=MappedRelease)
            names = msgspec.json.decode(parts.pop(_FOLDER_NAMES), type=list[str])
        table = read_table(parts.pop(_TABLE), what)
        folders = tuple(read_map(part, what) for _, part in sorted(parts.items()))
    # zipfile raises RuntimeError for what seems encrypted, or packed by a method that it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, msgspec.DecodeError):
        raise UnusableMapError(
            f"{what}: is not a file that 'harness reach export' wrote, or damaged", "export it again"
        ) from None
    fits = [one.origin.folder for one in folders] == names
    for one in folders:
        fits = fits and one.origin.release == release.identity
        fits = fits and table.has_grown_from(one.origin.functions, one.origin.table)
    if not fits:
        raise UnusableMapError(f"{what}: has parts of several exports", "export it again")
    return release, ReachMap(table, folders)


def _parts(file: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for one in file.infolist():
        if one.file_size > _MOST:
            raise zipfile.BadZipFile
        yield one.filename, file.read(one)


def take_over(maps: Maps, given: ReachMap) -> tuple[str, ...]:
    """Keep the maps of another store, in place of those of the same folders: the names of the folders."""
    maps.begin(given.table)
    table = maps.grow(given.table, given.table.unwatched_names())
    places = table.places(tuple(given.table))
    numbers = [places[name] for name in given.table]
    grown = numbers == [*range(len(numbers))]
    for one in given.folders:
        made = one.origin.made_from.removeprefix(ELSEWHERE)
        here = replace(one, origin=replace(one.origin, made_from=f"{ELSEWHERE}{made}"))
        maps.put(one.origin.folder, write_folder(here) if grown else renumber(here, numbers, table))
    return tuple(one.origin.folder for one in given.folders)


@dataclass(frozen=True, slots=True)
class ExportedMaps:
    """The maps in a file that was read as a whole, and the release that they are of."""

    path: Path
    release: MappedRelease
    maps: ReachMap


def read_file(path: Path) -> ExportedMaps:
    """The maps in a file. Raises UsageError if it cannot be read or is damaged."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", "name a file") from None
    return ExportedMaps(path, *read_export(data, str(path)))


def import_maps(store: Store, given: ExportedMaps, release: MappedRelease) -> tuple[str, ...]:
    """Keep the maps of a file, if they are of this release: the folders.

    Raises UsageError if they are of another; nothing is kept then.
    """
    of = given.release
    if of.identity != release.identity:
        raise UsageError(
            f"{given.path}: is a map of LLVM {of.version} from {of.provenance}; "
            f"here is LLVM {release.version} from {release.provenance}",
            "make one with 'harness reach build', or name the LLVM that it is of",
        )
    return take_over(Maps(store, release), given.maps)


def unpack_shipped(store: Store, release: MappedRelease | None = None) -> None:
    """Keep the maps that come with the harness, of folders that the store has none of.

    They are of one release: only if it is `release`, unless that is None.
    """
    if not SHIPPED.is_file():
        return
    with zipfile.ZipFile(SHIPPED) as file:
        of = msgspec.json.decode(file.read(_ABOUT), type=MappedRelease)
        folders = msgspec.json.decode(file.read(_FOLDER_NAMES), type=tuple[str, ...])
    maps = Maps(store, of)
    if (release is not None and of.identity != release.identity) or set(folders) <= set(maps.folders()):
        return
    _, given = read_export(SHIPPED.read_bytes(), str(SHIPPED))
    held = set(maps.folders())
    rest = tuple(one for one in given.folders if one.origin.folder not in held)
    take_over(maps, ReachMap(given.table, rest))

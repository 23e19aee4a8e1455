"""Maps as they are true now: a suite of ours changes from day to day, and its map must not say too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.mapping.folders import MappableFolder
from harness.model import Outcome
from harness.reach.map.folder import FolderMap
from harness.reach.map.select import ReachMap
from harness.reach.map.store import Maps
from harness.runner.mirror import outermost
from harness.runner.selection import UPSTREAM
from harness.store import digest

NEW = "is newer than the map"
CHANGED = "has changed since the map was made"


@dataclass(frozen=True, slots=True)
class CurrentMaps:
    """The maps that can be used now, the folders that have none, and a line for each that was refused."""

    maps: ReachMap
    missing: tuple[str, ...]
    refused: tuple[str, ...]


def load_current(maps: Maps, folders: Iterable[MappableFolder]) -> CurrentMaps:
    """The maps of these folders, where every test is unknown that the map does not know as it is now."""
    asked = tuple(folders)
    loaded, refused = maps.load([one.name for one in asked])
    held = {one.origin.folder: one for one in loaded.folders}
    found, missing = [], []
    for folder in asked:
        one = held.get(folder.name)
        current = bring_up_to_date(one, folder) if one is not None else None
        if current is None:
            missing.append(folder.name)
        else:
            found.append(current)
    return CurrentMaps(ReachMap(loaded.table, tuple(found)), tuple(missing), refused)


def load_pinned(maps: Maps, source: str) -> CurrentMaps:
    """The maps of all folders of LLVM's own tests, of the source with this identity: none of them changes."""
    below = [name.removeprefix(UPSTREAM) for name in maps.folders() if name.startswith(UPSTREAM)]
    folders = [f"{UPSTREAM}{one}" for one in outermost(below)]  # no test is in two of them
    loaded, refused = maps.load(folders)
    ours = [one for one in loaded.folders if one.origin.suite == _shared(source, one.origin.folder)]
    missing = sorted(set(folders).difference(one.origin.folder for one in ours))
    return CurrentMaps(ReachMap(loaded.table, tuple(ours)), tuple(missing), refused)


def _shared(source: str, folder: str) -> str:
    """`MappableFolder.shared` of a folder of LLVM's own."""
    return digest(source, folder.removeprefix(UPSTREAM))


def bring_up_to_date(one: FolderMap, folder: MappableFolder) -> FolderMap | None:
    """The map of a folder with its tests as they are now; None if what they share is another thing now.

    Tests that are new, or whose text has changed, are of unknown reach. Those that are gone are in no answer.
    """
    if one.origin.suite != folder.shared:
        return None
    contents = {test: folder.content(test) for test in folder.tests}
    unknown = {at: why for at, why in one.unknown.items() if one.tests[at] in contents}
    for at, test in enumerate(one.tests):
        if test in contents and contents[test] != one.contents[at]:
            unknown[at] = CHANGED
    new = [test for test in folder.tests if test not in set(one.tests)]
    unknown |= {len(one.tests) + at: NEW for at in range(len(new))}
    return replace(
        one,
        tests=(*one.tests, *new),
        outcomes=(*one.outcomes, *(Outcome.UNRESOLVED for _ in new)),
        contents=(*one.contents, *(contents[test] for test in new)),
        unknown=unknown,
        gone=frozenset(at for at, test in enumerate(one.tests) if test not in contents),
    )

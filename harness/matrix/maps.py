"""Maps of a release in a matrix: which of LLVM's tests run depends on them, so they are part of a cell's key.

Where machines share entries of the store, the maps of the machine that asks go to those that evaluate.
"""

from __future__ import annotations

from pathlib import Path

from harness.errors import EnvironmentLacksError
from harness.llvm import Release
from harness.mapping.exchange import export, import_maps, read_file, unpack_shipped
from harness.reach.map.store import MappedRelease, Maps
from harness.store import Store, digest, file_digest

# Maps in one file, by what they are made of; and that this store has taken such a file over.
EXPORTED, TAKEN = "reach-export", "reach-taken"
_FILE = "maps.reach"


def maps_digest(store: Store, release: Release) -> str:
    """What changes with the maps that a check of this release uses; those that come with the harness too."""
    of = MappedRelease.of(release)
    unpack_shipped(store, of)
    maps = Maps(store, of)
    # Not of the table, which only grows.
    return digest(*(f"{folder} {file_digest(maps.file(folder))}" for folder in maps.folders()))


def share_maps(store: Store, release: Release, key: str) -> None:
    """Put the maps with this digest where other machines find them, if there is such a place."""
    if store.remote is None:
        return

    def write(aside: Path) -> None:
        try:
            (aside / _FILE).write_bytes(export(Maps(store, MappedRelease.of(release))).data)
        except EnvironmentLacksError:  # there are none
            (aside / _FILE).write_bytes(b"")

    store.make(EXPORTED, key, write)
    store.make(TAKEN, key, lambda aside: None)


def take_maps(store: Store, release: Release, key: str) -> None:
    """Have the maps with this digest in this store too. Whoever asked may not have shared them."""
    if store.remote is None or store.get(TAKEN, key) is not None:
        return
    found = store.get(EXPORTED, key)
    if found is None:
        return

    def take(_aside: Path) -> None:
        if (found / _FILE).stat().st_size:
            import_maps(store, read_file(found / _FILE), MappedRelease.of(release))

    store.make(TAKEN, key, take)

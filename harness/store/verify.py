"""Whether a store is whole: every entry compared with its manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.store import kinds
from harness.store.aside import ASIDE, list_names
from harness.store.collect import remove
from harness.store.manifest import MANIFEST, compare, read_manifest, same_heads
from harness.store.store import Store


@dataclass(frozen=True, slots=True)
class DamagedEntry:
    """An entry that is not what its manifest says, and whether it has been removed."""

    name: str
    why: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """How many entries are whole, which are not, and which could not be checked, as they are being used."""

    whole: int
    damaged: tuple[DamagedEntry, ...]
    locked: tuple[str, ...]


def verify(store: Store, *, repair: bool = False, say: Callable[[str], None] = lambda _: None) -> StoreCheck:
    """Compare every entry with its manifest; with `repair`, remove those that differ.

    Workspaces have none: the programs that they belong to check them.
    """
    whole, damaged, locked = 0, list[DamagedEntry](), list[str]()
    for kind, key in _list_entries(store):
        say(f"checking {kind}/{key}")
        # Its maker holds the lock, and whoever changes or removes it.
        with store.try_lock(kind, key) as held:
            why = _damage(store, kind, key) if held else None
        if not held:
            locked.append(f"{kind}/{key}")
        elif why is None:
            whole += 1
        elif store.path(kind, key).exists():
            removed = repair and remove(store, kind, key)
            damaged.append(DamagedEntry(f"{kind}/{key}", why, removed))
    return StoreCheck(whole, tuple(damaged), tuple(locked))


def _list_entries(store: Store) -> list[tuple[str, str]]:
    """The entries, and what stands where an entry was."""
    found: list[tuple[str, str]] = []
    for kind in sorted(list_names(store.root)):
        keys = [key for key in sorted(list_names(store.root / kind)) if ASIDE not in key]
        ours = kind not in kinds.WORKSPACES | kinds.CACHES | kinds.KEPT
        entries = {key for key in keys if (store.path(kind, key) / MANIFEST).is_file()}
        if ours and entries:
            # What never had a lock is none of the store's.
            found += [(kind, key) for key in keys if key in entries or store.lock_file(kind, key).is_file()]
    return found


def _damage(store: Store, kind: str, key: str) -> str | None:
    """What is wrong with an entry; None if nothing is."""
    path = store.path(kind, key)
    if not read_manifest(path):
        return "it has no manifest, or another entry's"
    try:
        if compare(path) is None:
            return "its files are not what its manifest says"
        return None if same_heads(path) else "its first files are not what its manifest says"
    except OSError as error:
        return f"it cannot be read: {(error.strerror or str(error)).lower()}"

"""What a store holds: its entries and workspaces, and what belongs to none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentLacksError
from harness.store import kinds, use
from harness.store.aside import list_asides, list_names
from harness.store.choose import Stay, StoredEntry
from harness.store.disk import measure
from harness.store.manifest import MANIFEST, read_manifest
from harness.store.store import Store

# The benchmarks' stores, and what is removed of caches. Nobody's lock tells whether their owner is alive.
_BENCH = "bench-"
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """What is in a store and is no entry. If it `may_go`, a run that is dead left it there."""

    path: str
    bytes: int
    may_go: bool


@dataclass(frozen=True, slots=True)
class StoreSurvey:
    """What a store holds."""

    root: str
    entries: tuple[StoredEntry, ...]
    leftovers: tuple[Leftover, ...]

    @property
    def bytes(self) -> int:
        """All of it."""
        return sum(one.bytes for one in self.entries) + sum(one.bytes for one in self.leftovers)


def survey(store: Store, say: Callable[[str], None] = lambda _: None) -> StoreSurvey:
    """Look at everything in a store. What is not measured yet takes a while; `say` is told of each kind."""
    return _Survey(store).run(say)


class _Survey:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = time.time()
        begun = use.oldest_run(store.root)
        # What is written of a use may be an hour old.
        self.since = min(self.now - use.LATELY, begun - use.EVERY if begun is not None else self.now)
        self.entries: list[StoredEntry] = []
        self.leftovers: list[Leftover] = []
        self.asides = {aside: (kind, key) for kind, key, aside in list_asides(store.root)}

    def run(self, say: Callable[[str], None]) -> StoreSurvey:
        for path in _below(self.store.root):
            say(f"looking at {path.name}")
            kind = "history" if path.name.startswith("history.") else path.name
            if kind in kinds.KEPT:
                self._add(kind, "", path, Stay.KEPT)
            elif kind in kinds.CACHES:
                self._add(kind, "", path)
            elif path in self.asides or not path.is_dir() or path.is_symlink() or kind.startswith(_BENCH):
                self._add_leftover(path)
            else:
                self._add_kind(path)
        return StoreSurvey(str(self.store.root), tuple(self.entries), tuple(self.leftovers))

    def _add_kind(self, folder: Path) -> None:
        places = [path for path in _below(folder) if path not in self.asides]
        for aside in sorted(path for path in self.asides if path.parent == folder):
            self._add_leftover(aside)
        if folder.name in kinds.WORKSPACES:
            held = [path for path in places if self.store.lock_file(folder.name, path.name).is_file()]
        else:
            held = [path for path in places if not path.is_symlink() and read_manifest(path)]
        for path in held:
            self._add(folder.name, path.name, path)
        damaged = bool(held) and folder.name not in kinds.WORKSPACES
        for path in sorted(set(places).difference(held)):
            self._add_leftover(path, damaged=damaged)

    def _add(self, kind: str, key: str, path: Path, stay: Stay | None = None) -> None:
        """An entry; nothing if it has just gone."""
        manifest = path / MANIFEST
        is_entry = bool(key) and kind not in kinds.WORKSPACES
        try:
            used = (manifest if is_entry else path).lstat().st_mtime
        except OSError:
            return
        size = read_manifest(path).get("disk") if is_entry else None
        if not isinstance(size, int):
            found = measure(path)
            size = found.own if kind in kinds.LINKS else found.whole
        if stay is None:
            stay = Stay.USED if used >= self.since else self._locked(kind, key)
        self.entries.append(StoredEntry(kind, key, size, used, kind in kinds.LAST, stay))

    def _locked(self, kind: str, key: str) -> Stay:
        if not self.store.lock_file(kind, key).is_file():
            return Stay.NOT
        try:
            with self.store.try_lock(kind, key) as held:
                return Stay.NOT if held else Stay.LOCKED
        except (OSError, EnvironmentLacksError):  # a store that can only be read
            return Stay.KEPT

    def _add_leftover(self, path: Path, *, damaged: bool = False) -> None:
        found = measure(path)
        old = found.newest < self.now - _DAY
        if path in self.asides or damaged:
            kind, key = self.asides.get(path, (path.parent.name, path.name))
            known = self.store.lock_file(kind, key).is_file()
            may_go = known and (old or not damaged) and self._locked(kind, key) is Stay.NOT
        else:
            mine = path.name.startswith(_BENCH) and (path / "all").is_dir()
            may_go = mine and old and use.oldest_run(path) is None
        shown = str(path.relative_to(self.store.root))
        self.leftovers.append(Leftover(shown, found.whole, may_go))


def _below(folder: Path) -> list[Path]:
    """What is in a folder, sorted."""
    return sorted(Path(folder, name) for name in list_names(folder))

"""The store: everything that is expensive to make, under a key of what it was made from.

An entry is a directory `<root>/<kind>/<key>/` with a manifest. It is made in a temporary directory and then
renamed, so a killed run leaves no half entry. A lock per entry lets two runs share the store. Whoever reads
an entry checks the sizes and modification times of its files (of small entries: digests). A damaged entry is
made again.

A store may know a `Remote`: entries that others have made are asked for there before they are made here, and
those made here are kept there too.

A workspace is a directory that another program keeps consistent, such as a CMake build tree. It is not
verified, and its user holds its lock.

What is removed is renamed first, beside its place, under its lock: a killed run leaves nothing that could be
taken for an entry, and what it leaves is removed by the next run (`use.py`) or by whoever makes the entry.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from harness.errors import EnvironmentLacksError
from harness.store import manifest, use
from harness.store.aside import ASIDE, aside_of, list_asides, remove
from harness.store.manifest import MANIFEST


def digest(*parts: str | bytes) -> str:
    """A key: 20 hex digits over all parts. ("ab", "c") and ("a", "bc") have different keys."""
    state = hashlib.sha256()
    for part in parts:
        # File names need not be UTF-8.
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()[:20]


def disk_full(output: str) -> bool:
    """Whether the output of a program says that the disk is full."""
    return "No space left" in output or "IO failure on output stream" in output


def no_space(doing: str) -> EnvironmentLacksError:
    """The error where a program could not write to the store."""
    return EnvironmentLacksError(
        f"cannot {doing}: no space left on the disk of the store",
        "free some space or set HARNESS_STORE to a directory on another disk; nothing was kept",
    )


def default_root() -> Path:
    """Where the store is: HARNESS_STORE, or the user's cache directory."""
    if named := os.environ.get("HARNESS_STORE"):
        return Path(named).absolute()
    import platformdirs

    return platformdirs.user_cache_path("llvm-patch-harness")


class Remote(Protocol):
    """Entries of other stores. Its methods raise EnvironmentLacksError if it does not answer."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which another process finds it."""

    def carries(self, kind: str) -> bool:
        """Whether entries of this kind are kept there."""

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry is there."""

    def fetch(self, kind: str, key: str, folder: Path) -> bool:
        """Write an entry, with its manifest, into an empty folder. Returns whether it is there."""

    def send(self, kind: str, key: str, folder: Path) -> None:
        """Keep an entry there."""

    def names(self, kind: str, key: str) -> list[str]:
        """The keys there that are this key, a dot and a word of their own."""

    def damage(self, kind: str, key: str) -> EnvironmentLacksError:
        """The error for an entry of it that is not what its manifest says."""


class _NotSharedError(Exception):
    """The remote does not have an entry, and what was begun for it goes."""


class Store:
    """A directory of entries. Making one costs nothing: nothing is written before the first entry."""

    def __init__(self, root: Path, remote: Remote | None = None) -> None:
        self.root = root
        self.remote = remote
        # Large entries that this process has made or checked: a check is thousands of stats.
        self._checked: set[Path] = set()
        # Entries that the remote did not have when this process asked: whoever makes one need not ask again.
        self._missed: set[Path] = set()
        self._uses = use.Uses()

    def path(self, kind: str, key: str) -> Path:
        """Where the entry is or will be. Files inside it may contain this path."""
        return self.root / kind / key

    def get(self, kind: str, key: str) -> Path | None:
        """The entry if it is there and intact, else None."""
        path = self.path(kind, key)
        if self._used(path):
            return path
        if self.remote is None or not self.remote.carries(kind):
            return None
        with self.lock(kind, key):
            return path if self._used(path) or self._fetch(path) else None

    def find(self, kind: str, key: str) -> list[Path]:
        """The intact entries whose keys are this key, a dot and a word of their own, in their order."""
        if self.remote is not None and self.remote.carries(kind):
            for name in self.remote.names(kind, key):
                self.get(kind, name)
        found = sorted((self.root / kind).glob(f"{key}.*"))
        return [path for path in found if self._used(path)]

    def make(
        self,
        kind: str,
        key: str,
        build: Callable[[Path], None],
        *,
        lazily: Sequence[str] = (),
        stays: bool = False,
    ) -> Path:
        """The entry, built by `build(directory)` if it is not there yet.

        `directory` is an empty directory next to the entry's. If `build` raises, nothing is left, and the
        exception passes through. Raises EnvironmentLacksError if the disk is full. `lazily` names the files
        of a large entry to check now; whoever reads the others calls `require_whole` first. What
        `stays` here is not sent to the remote: nobody else is likely to ask for it.
        """
        check = manifest.same_heads if lazily else self._intact
        if self._used(path := self.path(kind, key), check):
            return path
        with self.lock(kind, key):
            if self._used(path, check):
                return path
            carried = self.remote is not None and self.remote.carries(kind)
            if carried and path not in self._missed and self._fetch(path):
                return path
            with self._placed(path) as aside:
                build(aside)
                large = manifest.write_manifest(aside, kind, key, lazily)
            if large:
                self._checked.add(path)
            if carried and not stays:
                self._send(path)
            return path

    @contextlib.contextmanager
    def _placed(self, path: Path) -> Iterator[Path]:
        """An empty folder that becomes the entry at the end of the block. The caller holds its lock."""
        aside = aside_of(path)
        try:
            self._clear(path)
            aside.mkdir(parents=True)
            yield aside
            aside.rename(path)
        except OSError as error:
            self._explain(error, path.parent.name)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _fetch(self, path: Path) -> bool:
        """Whether the remote had the entry, which is here now. The caller holds its lock."""
        assert self.remote is not None
        kind, key = path.parent.name, path.name
        try:
            with self._placed(path) as aside:
                if not self.remote.fetch(kind, key, aside):
                    raise _NotSharedError
        except _NotSharedError:
            self._missed.add(path)
            return False
        if self._intact(path):
            return True
        self._clear(path)
        raise self.remote.damage(kind, key)

    def _send(self, path: Path) -> None:
        """Keep an entry at the remote. The caller holds its lock."""
        assert self.remote is not None
        try:
            self.remote.send(path.parent.name, path.name, path)
        except OSError as error:
            self._explain(error, path.parent.name)
            raise

    def share(self, path: Path) -> None:
        """Keep an entry at the remote that this store had before, if it is of a kind that is kept there."""
        if self.remote is None or path.parent.parent != self.root:
            return
        kind, key = path.parent.name, path.name
        if self.remote.carries(kind) and not self.remote.has(kind, key):
            with self.lock(kind, key):
                if self._used(path):
                    self._send(path)

    def rework(self, kind: str, key: str, work: Callable[[Path], None]) -> None:
        """Change an entry in place by `work(directory)`. Does nothing if the entry is damaged or gone.

        If the run is killed meanwhile, the entry is damaged.
        """
        with self.lock(kind, key):
            if self._intact(path := self.path(kind, key)):
                self._checked.discard(path)
                heads = manifest.read_manifest(path).get("heads", {})
                work(path)
                manifest.write_manifest(path, kind, key, tuple(heads))

    def require_whole(self, kind: str, path: Path) -> None:
        """Check all of an entry made with `lazily`. If damaged, remove it and raise EnvironmentLacksError."""
        if self._intact(path):
            return
        with self.lock(kind, path.name):
            self._clear(path)
        raise EnvironmentLacksError(
            f"the store's {kind} {path.name} was damaged and has been removed",
            "run the command again: it will be made again",
        )

    def drop(self, kind: str, key: str) -> None:
        """Remove an entry that is no longer needed, if it is there. Nobody else may be using it."""
        with self.lock(kind, key):
            if (self.path(kind, key) / MANIFEST).is_file():
                self._clear(self.path(kind, key))

    @contextlib.contextmanager
    def workspace(self, kind: str, key: str, waiting: Callable[[], None] | None = None) -> Iterator[Path]:
        """A directory kept between runs, for this caller alone during the block."""
        path = self.path(kind, key)
        with self.lock(kind, key, waiting):
            try:
                path.mkdir(parents=True, exist_ok=True)
                self._uses.note(path)
                yield path
            except OSError as error:
                self._explain(error, kind)
                raise

    @contextlib.contextmanager
    def lock(self, kind: str, key: str, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold the entry's lock. The kernel releases it if the process dies.

        `waiting` is called once if another run holds the lock for more than two seconds.
        """
        import filelock

        folder = self.root / use.LOCKS
        try:
            folder.mkdir(parents=True, exist_ok=True)
            use.join(self.root, self.sweep)
            held = filelock.FileLock(self.lock_file(kind, key))
            try:
                held.acquire(timeout=2 if waiting else -1)
            except filelock.Timeout:
                assert waiting is not None
                waiting()
                held.acquire()
        except OSError as error:
            self._explain(error, kind, errno.ENOENT)  # what /proc answers to mkdir
            raise
        try:
            yield
        finally:
            held.release()

    def lock_file(self, kind: str, key: str) -> Path:
        """The file whose lock is the entry's."""
        return self.root / use.LOCKS / f"{kind}-{key}.lock"

    @contextlib.contextmanager
    def try_lock(self, kind: str, key: str) -> Iterator[bool]:
        """Hold the entry's lock if nobody else does; waits for nobody. Yields whether it is held."""
        import filelock

        file = self.lock_file(kind, key)
        held = filelock.FileLock(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            held.acquire(timeout=0)
        except filelock.Timeout:
            yield False
            return
        except OSError as error:
            self._explain(error, kind)
            raise
        try:
            yield True
        finally:
            held.release()

    def note_use(self, kind: str, key: str) -> None:
        """Say that a workspace is used that is read without its lock."""
        if self._uses.note(path := self.path(kind, key)):
            use.join(path.parent.parent, self.sweep)

    def _used(self, path: Path, check: Callable[[Path], bool] | None = None) -> bool:
        """Whether an entry is there and passes the check, and may be used from now on.

        In this order: see `Uses.note`.
        """
        if not (check or self._intact)(path):
            return False
        use.join(self.root, self.sweep)
        return self._uses.note(path / MANIFEST)

    def _intact(self, path: Path) -> bool:
        """Whether an entry is as its manifest says. `path` is `<root>/<kind>/<key>`."""
        if path in self._checked:
            return (path / MANIFEST).is_file()
        try:
            files = manifest.compare(path)
        except OSError:
            return False
        if files is None:
            return False
        if manifest.is_large(files):
            self._checked.add(path)
        return True

    def evict(self, kind: str, key: str, known: float | None = None) -> bool:
        """Remove what is there under this name, unless it is in use. Returns whether it is gone.

        In use is what is locked; with `known`, also what was used at another time than that.
        """
        path = self.path(kind, key)
        with self.try_lock(kind, key) as held:
            if not held:
                return False
            named, taken = path / MANIFEST, path / f"{MANIFEST}.gone"
            try:
                # No entry from here on: whoever looks for it now waits for the lock, or makes it again.
                named.rename(taken)
            except OSError:
                taken = path  # a workspace, whose users hold its lock
            if known is not None and path.is_dir() and taken.lstat().st_mtime != known:
                if taken != path:
                    taken.rename(named)
                return False
            self._clear(path)
        return True

    def sweep(self) -> None:
        """Remove what killed runs left beside entries."""
        for kind, key, aside in list_asides(self.root):
            with contextlib.suppress(OSError):
                self.remove_aside(kind, key, aside)

    def remove_aside(self, kind: str, key: str, aside: Path) -> bool:
        """Remove what is beside an entry, unless somebody holds its lock. Returns whether it is gone."""
        if not self.lock_file(kind, key).is_file():  # it is none of ours
            return False
        with self.try_lock(kind, key) as held:
            if held:
                remove(aside)
        return held

    def _clear(self, path: Path) -> None:
        """Remove an entry, and what killed runs left of it. The caller holds the entry's lock."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.rename(aside_of(path))
        for leftover in path.parent.glob(f"{path.name}{ASIDE}*"):
            remove(leftover)

    def _explain(self, error: OSError, kind: str, *more: int) -> None:
        """Raise EnvironmentLacksError if `error` comes from writing to the store; else return.

        `more` are further error numbers that mean this for the caller.
        """
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
        below = str(error.filename or "").startswith(str(self.root))
        if full or (below and error.errno in {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, *more}):
            raise EnvironmentLacksError(
                f"cannot write {kind} to the store {self.root}: {os.strerror(error.errno or 0).lower()}",
                "free some space there or set HARNESS_STORE to a directory on another disk; "
                "nothing half-written was kept",
            ) from error

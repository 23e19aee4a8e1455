"""The store: everything that is expensive to make, under a key of what it was made from.

An entry is a directory `<root>/<kind>/<key>/` with a manifest. It is made in a temporary directory and then
renamed, so a killed run leaves no half entry. A lock per entry lets two runs share the store. Whoever reads
an entry checks the sizes and modification times of its files (of small entries: digests). A damaged entry is
made again.

A store may know a `Remote`: entries that others have made are asked for there before they are made here, and
those made here are kept there too.

A workspace is a directory that another program keeps consistent, such as a CMake build tree. It is not
verified, and its user holds its lock.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from harness.errors import EnvironmentLacksError

MANIFEST = ".entry.json"
# Entries up to this size are verified by content, larger ones (unpacked toolchains) by the sizes and
# modification times of their files.
DIGEST_LIMIT = 8 * 1024 * 1024


def digest(*parts: str | bytes) -> str:
    """A key: 20 hex digits over all parts. ("ab", "c") and ("a", "bc") have different keys."""
    state = hashlib.sha256()
    for part in parts:
        # File names need not be UTF-8.
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()[:20]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


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

    def fetch(self, kind: str, key: str, folder: Path) -> bool:
        """Write an entry, with its manifest, into an empty folder. Returns whether it is there."""

    def send(self, kind: str, key: str, folder: Path) -> None:
        """Keep an entry there."""

    def names(self, kind: str, key: str) -> list[str]:
        """The keys there that are this key, a dot and a word of their own."""

    def damage(self, kind: str, key: str) -> EnvironmentLacksError:
        """The error for an entry of it that is not what its manifest says."""


class _AbsentError(Exception):
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

    def path(self, kind: str, key: str) -> Path:
        """Where the entry is or will be. Files inside it may contain this path."""
        return self.root / kind / key

    def get(self, kind: str, key: str) -> Path | None:
        """The entry if it is there and intact, else None."""
        path = self.path(kind, key)
        if self._intact(path):
            return path
        if self.remote is None or not self.remote.carries(kind):
            return None
        with self.lock(kind, key):
            return path if self._intact(path) or self._fetch(path) else None

    def find(self, kind: str, key: str) -> list[Path]:
        """The intact entries whose keys are this key, a dot and a word of their own, in their order."""
        if self.remote is not None and self.remote.carries(kind):
            for name in self.remote.names(kind, key):
                self.get(kind, name)
        found = sorted((self.root / kind).glob(f"{key}.*"))
        return [path for path in found if self._intact(path)]

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
        usable = _same_heads if lazily else self._intact
        if usable(path := self.path(kind, key)):
            return path
        with self.lock(kind, key):
            if usable(path):
                return path
            carried = self.remote is not None and self.remote.carries(kind)
            if carried and path not in self._missed and self._fetch(path):
                return path
            with self._placed(path) as aside:
                build(aside)
                large = _write_manifest(aside, kind, key, lazily)
            if large:
                self._checked.add(path)
            if carried and not stays:
                self._send(path)
            return path

    @contextlib.contextmanager
    def _placed(self, path: Path) -> Iterator[Path]:
        """An empty folder that becomes the entry at the end of the block. The caller holds its lock."""
        aside = path.with_name(f"{path.name}.tmp-{uuid.uuid4().hex[:8]}")
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
                    raise _AbsentError
        except _AbsentError:
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

    def rework(self, kind: str, key: str, work: Callable[[Path], None]) -> None:
        """Change an entry in place by `work(directory)`. Does nothing if the entry is damaged or gone.

        If the run is killed meanwhile, the entry is damaged.
        """
        with self.lock(kind, key):
            if self._intact(path := self.path(kind, key)):
                self._checked.discard(path)
                heads = json.loads((path / MANIFEST).read_text()).get("heads", {})
                work(path)
                _write_manifest(path, kind, key, tuple(heads))

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

        folder = self.root / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held = filelock.FileLock(folder / f"{kind}-{key}.lock")
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

    def _intact(self, path: Path) -> bool:
        """Whether an entry is as its manifest says. `path` is `<root>/<kind>/<key>`."""
        if path in self._checked:
            return (path / MANIFEST).is_file()
        expected = _manifest(path).get("content")
        try:
            files = _files(path)
            same = expected == _content(path, files) or expected == _content(path, files, timed=False)
        except OSError:
            return False
        if not same:
            return False
        if _is_large(files):
            self._checked.add(path)
        return True

    def _clear(self, path: Path) -> None:
        """Remove a damaged entry, and what killed runs left of it. The caller holds the entry's lock."""
        for leftover in (path, *path.parent.glob(f"{path.name}.tmp-*")):
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)

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


def _manifest(path: Path) -> dict[str, Any]:
    """The manifest of an entry; empty if there is none, or it is another entry's."""
    try:
        record = json.loads((path / MANIFEST).read_text())
    except (OSError, ValueError):
        return {}
    mine = isinstance(record, dict) and (record.get("kind"), record.get("key")) == (
        path.parent.name,
        path.name,
    )
    return record if mine else {}


def _same_heads(path: Path) -> bool:
    """Whether an entry is there, and those of its files that are checked first are unchanged."""
    record = _manifest(path)
    known = record.get("heads", {})
    return bool(record) and known == _heads(path, known)


def _heads(root: Path, names: Sequence[str]) -> dict[str, str]:
    """The digests of the named files that exist."""
    return {name: file_digest(root / name) for name in names if (root / name).is_file()}


def _files(root: Path) -> dict[str, tuple[int, int]]:
    """The size in bytes and the modification time in seconds of every file of an entry."""
    found: dict[str, tuple[int, int]] = {}
    # os.path.relpath takes longer than all the rest, and an entry has thousands of files.
    below = len(os.path.join(root, ""))  # noqa: PTH118 - as scandir joins
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False) and entry.name != MANIFEST:
                    state = entry.stat(follow_symlinks=False)
                    # Whole seconds: CI caches carry a store from job to job in archives that keep no more.
                    found[entry.path[below:]] = state.st_size, int(state.st_mtime)
    return found


def _content(root: Path, files: dict[str, tuple[int, int]], *, timed: bool = True) -> str:
    """A digest over the bytes of a small entry, or the sizes and times of a large one.

    Without `timed`, the digest of an entry made before modification times counted.
    """
    if _is_large(files):
        about = (
            f"{name}\0{size}\0{changed}\0" if timed else f"{name}\0{size}\0"
            for name, (size, changed) in sorted(files.items())
        )
        # In one piece: it has thousands of files.
        return hashlib.sha256("".join(about).encode("utf-8", "surrogateescape")).hexdigest()
    state = hashlib.sha256()
    for name, (size, _changed) in sorted(files.items()):
        state.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape"))
        state.update((root / name).read_bytes())
    return state.hexdigest()


def _is_large(files: dict[str, tuple[int, int]]) -> bool:
    """Whether an entry with these files is verified by their sizes and times."""
    return sum(size for size, _time in files.values()) > DIGEST_LIMIT


def _write_manifest(root: Path, kind: str, key: str, heads: Sequence[str]) -> bool:
    """Write what an entry is now. Returns whether it is a large one."""
    files = _files(root)
    record: dict[str, Any] = {"kind": kind, "key": key, "content": _content(root, files)}
    if heads:
        record["heads"] = _heads(root, heads)
    (root / MANIFEST).unlink(missing_ok=True)  # it may be a hard link to that of a store this is a copy of
    (root / MANIFEST).write_text(json.dumps(record))
    return _is_large(files)

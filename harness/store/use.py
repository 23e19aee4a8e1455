"""When entries were used last, and which runs use the store now.

The time of an entry's manifest says when it was used last, that of its folder for a workspace. It is
written once an hour at most: a hot entry costs nothing in between. A run in progress has a file in
`locks/runs`, whose lock the kernel lets go of however the run ends; the file's time says when it began. So
what a run may be using was used, as far as is written, since an hour before it began.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

EVERY = 3600.0
# Used so lately is in use, whoever else knows it: twice, as what is written may be an hour old.
LATELY = 2 * EVERY
LOCKS = "locks"
_RUNS = f"{LOCKS}/runs"
_NEW = ".new"


class Uses:
    """What this process has used of a store."""

    def __init__(self) -> None:
        self._written: dict[Path, float] = {}

    def note(self, path: Path) -> bool:
        """Whether it is there still. `path` is a manifest, or the folder of a workspace.

        Whoever removes it takes its name away first, and then looks at its time again. So either that sees
        this use, or this does not see it.
        """
        now = time.time()
        if abs(now - self._written.get(path, 0.0)) < EVERY:
            return True
        try:
            written = path.stat().st_mtime
            if abs(now - written) >= EVERY:
                os.utime(path)
                written = now
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a store that cannot be written: nothing is removed from it either
            written = now
        self._written[path] = written
        return True


_joining = threading.Lock()
# This process's files and their descriptors, by the store. A command uses one store, the benchmarks a few,
# the tests hundreds: those of so many are kept open.
_MOST = 16
_joined: dict[Path, tuple[Path, int]] = {}


def join(root: Path, clean: Callable[[], object]) -> None:
    """Have this process known as a run that uses the store. Calls `clean` first if another has died."""
    if root in _joined:
        return
    with _joining:
        if root in _joined:
            return
        _joined[root] = _enter(root)
        while len(_joined) > _MOST:
            _leave(next(iter(_joined)))
    with _dead(root) as dead:
        if dead:
            clean()


def _enter(root: Path) -> tuple[Path, int]:
    """Make this run's file. It is open, and locked, for as long as this process is there."""
    file = root / _RUNS / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    held = -1
    with contextlib.suppress(OSError):  # a store that can only be read
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(_NEW)
        held = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
        aside.rename(file)
    return file, held


def _leave(root: Path) -> None:
    file, held = _joined.pop(root)
    with contextlib.suppress(OSError):
        file.unlink()
        os.close(held)


@atexit.register
def _leave_all() -> None:
    for root in list(_joined):
        _leave(root)


def _forked() -> None:
    """A fork is a run of its own. The parent's files are the parent's to remove; they stay locked."""
    global _joining  # noqa: PLW0603 - a thread of the parent may have held it
    _joining = threading.Lock()
    _joined.clear()


os.register_at_fork(after_in_child=_forked)


def oldest_run(root: Path) -> float | None:
    """When the oldest run that uses the store now began; None if there is none."""
    found = []
    for file in _runs(root):
        held = _take(file)
        if held is None:
            with contextlib.suppress(OSError):
                found.append(file.stat().st_mtime)
        else:
            os.close(held)
    return min(found, default=None)


@contextlib.contextmanager
def _dead(root: Path) -> Iterator[list[Path]]:
    """The files of runs that were killed. They go at the end of the block; only one run gets each."""
    taken = {file: held for file in _runs(root) if (held := _take(file)) is not None}
    try:
        yield list(taken)
        for file in taken:
            file.unlink(missing_ok=True)
    finally:
        for held in taken.values():
            os.close(held)


def _runs(root: Path) -> list[Path]:
    try:
        # Those of `.new` are about to be locked, or so small that nobody minds.
        return sorted(path for path in (root / _RUNS).iterdir() if path.suffix != _NEW)
    except OSError:
        return []


def _take(file: Path) -> int | None:
    """The descriptor of a file whose lock nobody held; None if the run is alive, or the file is gone."""
    try:
        held = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held

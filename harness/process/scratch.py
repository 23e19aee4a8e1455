"""Temporary folders that do not outlive a killed run: the next run removes what it left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "harness-"
# The lock of a folder's owner stands beside the folder, which belongs to its user alone.
_OWNER = ".owner"
_NEW = ".new"
_NAME = re.compile(rf"{PREFIX}[a-z]+-[a-z0-9_]{{8}}(?P<end>|{re.escape(_OWNER)}|{re.escape(_NEW)})")
# What has no owner's lock any more, and was not written to for so long, is nobody's.
_DAY = 86400.0


@contextlib.contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """An empty folder `harness-PURPOSE-...` below TMPDIR for the time of the block.

    Removes the folders of dead runs first. Raises OSError if there is no room for one.
    """
    sweep()
    path = Path(tempfile.gettempdir(), f"{PREFIX}{purpose}-{os.urandom(4).hex()}")
    # At no time is there a folder without a lock: a run may be killed at any.
    with _owned(path):
        try:
            path.mkdir(mode=0o700)
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Hold the lock of a folder. The kernel lets go of it however its owner ends."""
    lock = path.with_name(path.name + _OWNER)
    aside = path.with_name(path.name + _NEW)
    held = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        # Nobody ever sees it not held: a sweep would take its folder for a dead run's.
        aside.rename(lock)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
    finally:
        aside.unlink(missing_ok=True)
        os.close(held)


def sweep(*, dry_run: bool = False) -> list[Path]:
    """Remove the folders whose owners are dead. Those of other users and of other programs stay.

    Returns them; with `dry_run` they stay too.
    """
    here = Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        names = {name for name in os.listdir(here) if name.startswith(PREFIX)}  # noqa: PTH208 - thousands
        found = [(name, match["end"]) for name in sorted(names) if (match := _NAME.fullmatch(name))]
        owned = (here / name for name, end in found if end == _OWNER)
        others = (here / name for name, end in found if end != _OWNER and f"{name}{_OWNER}" not in names)
        gone = [lock.with_name(lock.name.removesuffix(_OWNER)) for lock in owned if _end(lock, dry_run)]
        return gone + [path for path in others if _forget(path, dry_run)]
    return []


def _end(lock: Path, dry_run: bool) -> bool:
    """Whether the owner of a folder is dead, and the folder gone with its lock."""
    with contextlib.suppress(OSError):  # another's, or another sweep was faster
        held = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not dry_run:
                shutil.rmtree(lock.with_name(lock.name.removesuffix(_OWNER)), ignore_errors=True)
                lock.unlink(missing_ok=True)
        finally:
            os.close(held)
        return True
    return False


def _forget(path: Path, dry_run: bool) -> bool:
    """Whether what has no owner is old and ours, and gone now."""
    with contextlib.suppress(OSError):
        state = path.lstat()
        if state.st_uid != os.getuid() or state.st_mtime > time.time() - _DAY or path.is_symlink():
            return False
        if not dry_run and path.is_dir():
            shutil.rmtree(path)
        elif not dry_run:
            path.unlink()
        return True
    return False

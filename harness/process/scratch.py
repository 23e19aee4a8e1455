"""Temporary folders that do not outlive a killed run: the next run removes what it left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "harness-"
# The lock of a folder's owner stands beside the folder, which belongs to its user alone.
_OWNER = ".owner"


@contextlib.contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """An empty folder `harness-PURPOSE-...` below TMPDIR for the time of the block.

    Removes the folders of dead runs first. Raises OSError if there is no room for one.
    """
    _sweep()
    path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{purpose}-"))
    try:
        with _owned(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Hold the lock of a folder. The kernel lets go of it however its owner ends."""
    lock = path.with_name(path.name + _OWNER)
    aside = lock.with_suffix(".new")
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


def _sweep() -> None:
    """Remove the folders whose owners are dead. Those of other users and of other programs stay."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*{_OWNER}"):
        with contextlib.suppress(OSError):  # another's, or another sweep was faster
            held = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.with_name(lock.name.removesuffix(_OWNER)), ignore_errors=True)
                lock.unlink(missing_ok=True)
            finally:
                os.close(held)

"""What is beside the entries of a store: on its way to be one, or to be removed."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from harness.store.use import LOCKS

ASIDE = ".tmp-"


def list_asides(root: Path) -> Iterator[tuple[str, str, Path]]:
    """What is beside the entries of a store, with the kinds and keys of these: of runs, alive or killed."""
    for kind in list_names(root):
        if ASIDE in kind:
            yield kind.partition(ASIDE)[0], "", root / kind
        elif kind != LOCKS:
            for name in list_names(root / kind):
                if ASIDE in name:
                    yield kind, name.partition(ASIDE)[0], root / kind / name


def list_names(folder: Path) -> list[str]:
    """What is in a folder; nothing if it is none."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - thousands of names
    except OSError:
        return []


def aside_of(path: Path) -> Path:
    """A place beside an entry that is no entry's."""
    return path.with_name(f"{path.name}{ASIDE}{uuid.uuid4().hex[:8]}")


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

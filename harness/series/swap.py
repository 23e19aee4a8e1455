"""Replacing files of a tree all together: written aside first, then renamed, undone if anything fails."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, and whether it may be executed: what git knows of it."""

    data: bytes
    executable: bool = False


def read(path: Path) -> Content | None:
    """The content of a regular file; None if there is nothing. Raises OSError for all else."""
    try:
        return Content(path.read_bytes(), bool(path.stat().st_mode & 0o100))
    except (FileNotFoundError, NotADirectoryError):
        return None


def replace_all(root: Path, changes: Mapping[str, Content | None]) -> None:
    """Give each path below `root` its new content, or remove it (None), with the folders that then are empty.

    Files are replaced, never written to: another hard link to an old file keeps the old content. On any
    exception the tree is as it was. Raises OSError.
    """
    swap = _Swap(root)
    try:
        for path, content in changes.items():
            if content is not None:
                swap.write_aside(root / path, content)
        # From here on there are only renames inside one folder each: the disk cannot run full.
        for path, content in changes.items():
            swap.put(root / path, None if content is None else _aside(root / path, "new"))
    except BaseException:
        swap.undo()
        raise
    swap.finish()


def _aside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{what}")


class _Swap:
    """What was done so far, so that it can be undone in reverse."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folders: list[Path] = []
        self.written: list[Path] = []
        self.kept: list[tuple[Path, Path]] = []
        self.placed: list[Path] = []

    def write_aside(self, path: Path, content: Content) -> None:
        missing = [p for p in path.parents if p.is_relative_to(self.root) and not p.exists()]
        for folder in reversed(missing):
            folder.mkdir()
            self.folders.append(folder)
        aside = _aside(path, "new")
        self.written.append(aside)
        aside.write_bytes(content.data)
        aside.chmod(0o755 if content.executable else 0o644)

    def put(self, path: Path, new: Path | None) -> None:
        if path.exists():
            old = _aside(path, "old")
            path.rename(old)
            self.kept.append((old, path))
        if new is not None:
            new.rename(path)
            self.placed.append(path)

    def undo(self) -> None:
        for path in (*self.placed, *self.written):
            path.unlink(missing_ok=True)
        for old, path in self.kept:
            old.rename(path)
        for folder in reversed(self.folders):
            folder.rmdir()

    def finish(self) -> None:
        for old, path in self.kept:
            old.unlink()
            folder = path.parent
            # As git apply does: a folder that lost its last file goes.
            while folder != self.root and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent

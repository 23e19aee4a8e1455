"""What an entry of the store was when it was made: read, written, compared with what is there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.store.disk import DiskUse

MANIFEST = ".entry.json"
# Entries up to this size are verified by content, larger ones (unpacked toolchains) by the sizes and
# modification times of their files.
DIGEST_LIMIT = 8 * 1024 * 1024

Files = dict[str, tuple[int, int]]
"""The size in bytes and the modification time in seconds of files, by their paths in an entry."""


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def read_manifest(path: Path) -> dict[str, Any]:
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


def write_manifest(root: Path, kind: str, key: str, heads: Sequence[str]) -> bool:
    """Write what an entry is now. Returns whether it is a large one."""
    use = DiskUse()
    files = read_files(root, use)
    record: dict[str, Any] = {"kind": kind, "key": key, "content": content(root, files), "disk": use.own}
    if heads:
        record["heads"] = _heads(root, heads)
    (root / MANIFEST).unlink(missing_ok=True)  # it may be a hard link to that of a store this is a copy of
    (root / MANIFEST).write_text(json.dumps(record))
    return is_large(files)


def compare(path: Path) -> Files | None:
    """The files of an entry if they are what its manifest says, else None. Raises OSError."""
    expected = read_manifest(path).get("content")
    files = read_files(path)
    same = expected == content(path, files) or expected == content(path, files, timed=False)
    return files if same else None


def same_heads(path: Path) -> bool:
    """Whether an entry is there, and those of its files that are checked first are unchanged."""
    record = read_manifest(path)
    known = record.get("heads", {})
    return bool(record) and known == _heads(path, known)


def _heads(root: Path, names: Sequence[str]) -> dict[str, str]:
    """The digests of the named files that exist."""
    return {name: file_digest(root / name) for name in names if (root / name).is_file()}


def read_files(root: Path, use: DiskUse | None = None) -> Files:
    """Every file of an entry. `use` is told of all that takes room."""
    found: Files = {}
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
                if use is not None:
                    use.add(entry.stat(follow_symlinks=False))
    return found


def content(root: Path, files: Files, *, timed: bool = True) -> str:
    """A digest over the bytes of a small entry, or the sizes and times of a large one.

    Without `timed`, the digest of an entry made before modification times counted.
    """
    if is_large(files):
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


def is_large(files: Files) -> bool:
    """Whether an entry with these files is verified by their sizes and times."""
    return sum(size for size, _time in files.values()) > DIGEST_LIMIT

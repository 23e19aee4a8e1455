"""A source tree in the store: what it has, and cheap copies of it to patch."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.errors import UsageError

# What llc and lli are built from. `libc` has headers that LLVM 20 and later include.
COMPONENTS = ("llvm", "cmake", "third-party", "libc")
# What is read before a tree in the store is checked as a whole.
VERSION_FILES = ("cmake/Modules/LLVMVersion.cmake", "llvm/CMakeLists.txt")
# Large, and no input of llc or lli: a patched copy has of these only what the patch touches.
NOT_BUILT = ("llvm/test", "llvm/docs", "llvm/benchmarks", "llvm/examples", "libc/test")


def link_tree(source: Path, target: Path, touched: Iterable[str]) -> None:
    """Fill the empty `target` with hard links to `source`, and real copies of the touched files.

    Nothing that writes to a touched file in `target` can reach `source`.
    """
    for component in COMPONENTS:
        if (source / component).is_dir():
            _link_folder(source, target, component)
    for path in touched:
        copy = target / path
        if (source / path).is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copyfile(source / path, copy)


def _link_folder(source: Path, target: Path, folder: str) -> None:
    """Fill a folder of `target`, and all below it. The paths are strings: there are 30,000 of them."""
    (target / folder).mkdir(parents=True, exist_ok=True)
    with os.scandir(source / folder) as entries:
        for entry in entries:
            here = f"{folder}/{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                _link(entry, f"{target}/{here}")
            elif here not in NOT_BUILT:
                _link_folder(source, target, here)


def _link(entry: os.DirEntry[str], target: str) -> None:
    if entry.is_symlink():
        Path(target).symlink_to(Path(entry.path).readlink())
        return
    try:
        os.link(entry.path, target)
    except OSError:  # another file system, or too many links
        shutil.copyfile(entry.path, target)


def check_tree(root: Path, given: str) -> None:
    """Raise UsageError unless `root` looks like llvm-project."""
    if not (root / "llvm/CMakeLists.txt").is_file():
        raise UsageError(
            f"{given}: has no llvm/CMakeLists.txt",
            "name the top directory of an llvm-project checkout or a tarball of one",
        )


def version_of(root: Path) -> str:
    """`19.1.7`, read from where cmake reads it."""
    import re

    numbers: dict[str, str] = {}
    for name in VERSION_FILES:
        if (root / name).is_file():
            found = re.findall(r"set\(LLVM_VERSION_(MAJOR|MINOR|PATCH) (\d+)\)", (root / name).read_text())
            numbers = {**dict(found), **numbers}
    return ".".join(numbers.get(part, "0") for part in ("MAJOR", "MINOR", "PATCH"))

"""A source tree to run tests in: the folders of tests are copies, all else is symbolic links.

A test may write beside itself (`RUN: echo x >> %S/other.ll`). It must reach neither the tree, which all
series share, nor the other side, which runs at the same time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def mirror(tree: Path, folders: Iterable[str], target: Path) -> None:
    """Fill the empty `target` with the tree; `folders` (paths below it) and all below them are copies."""
    copied = outermost(folders)
    real = {folder for one in copied for folder in PurePosixPath(one).parents}
    for folder in sorted(real):
        (target / folder).mkdir(parents=True, exist_ok=True)
        for entry in (tree / folder).iterdir():
            path = folder / entry.name
            if path not in real and str(path) not in copied:
                (target / path).symlink_to(entry)
    for one in copied:
        if (tree / one).is_dir():
            # Tests may start scripts: a copy has the mode of the file.
            shutil.copytree(
                tree / one, target / one, copy_function=shutil.copy, ignore_dangling_symlinks=True
            )


def outermost(folders: Iterable[str]) -> list[str]:
    """The folders, each once, without those inside another."""
    paths = {PurePosixPath(folder) for folder in folders}
    return sorted(str(path) for path in paths if not paths.intersection(path.parents))

"""A source tree of links: the base's, with the tests of the patched one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.runner.llvm_tests import TESTS


def make_symlink_tree(base: Path, patched: Path, touched: Iterable[str], target: Path) -> None:
    """Fill the empty `target` with the base tree's `llvm/`, and the patched files below `llvm/test`.

    A patched copy of a source holds only the touched tests; lit needs the folders' configurations and inputs
    too. The touched files are copies, so that the tree serves every series that leaves these tests so.
    Folders are symbolic links, but for those above a touched file: their files are hard links, of which a
    thousand are made in the time of a hundred symbolic ones, and none takes a block of the disk. Tests run in
    copies of the tree (mirror.py).
    """
    changed = {path for path in touched if path.startswith(f"{TESTS}/")}
    real = {TESTS, *(str(above) for path in changed for above in Path(path).parents if above.parts)}
    for folder in sorted(real):
        (target / folder).mkdir(parents=True)
        if not (base / folder).is_dir():
            continue
        with os.scandir(base / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if path not in real and path not in changed:
                    _link(entry, f"{target}/{path}")
    for path in sorted(changed):
        if (patched / path).is_file():
            shutil.copy(patched / path, target / path)


def _link(entry: os.DirEntry[str], place: str) -> None:
    if entry.is_file(follow_symlinks=False):
        try:
            os.link(entry.path, place)
        except OSError:  # another file system, another owner, or too many links
            pass
        else:
            return
    Path(place).symlink_to(entry.path)

"""A source tree of symbolic links: the base's, with the tests of the patched one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.runner.llvm_tests import TESTS


def make_symlink_tree(base: Path, patched: Path, touched: Iterable[str], target: Path) -> None:
    """Fill the empty `target` with the base tree's `llvm/`, and the patched files below `llvm/test`.

    A patched copy of a source holds only the touched tests; lit needs the folders' configurations and inputs
    too. Everything is a symbolic link, except the folders above a touched file: thousands of links at most.
    Tests run in copies of it (mirror.py).
    """
    changed = {Path(path) for path in touched if path.startswith(f"{TESTS}/")}
    real = {Path(TESTS), *(folder for path in changed for folder in path.parents if folder.parts)}
    for folder in sorted(real):
        (target / folder).mkdir(parents=True)
        if not (base / folder).is_dir():
            continue
        for entry in (base / folder).iterdir():
            path = folder / entry.name
            if path not in real and path not in changed:
                (target / path).symlink_to(entry)
    for path in sorted(changed):
        if (patched / path).is_file():
            (target / path).symlink_to(patched / path)

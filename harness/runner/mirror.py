"""A source tree to run tests in: the folders of tests are its own, all else is symbolic links.

A test may write beside itself (`RUN: echo x >> %S/other.ll`). It must reach neither the tree, which all
series share, nor the other side, which runs at the same time. So the tests that run and the files that they
name are copies. All other files are hard links: a folder of LLVM's has thousands, and copying them for one
test took longer than the test. What a test changes without naming it (`%S/*.ll`) is found afterwards, as
with all else that it can reach (sources.py).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

# What a name is made of, as far as a test's text is split into names. A file with another name is copied.
_NAME = re.compile(rb"[\w.-]+")


def mirror(tree: Path, tests: Iterable[str], target: Path) -> None:
    """Fill the empty `target` with the tree, so that the tests (paths below it) can run there."""
    mine = list(tests)
    copied = outermost(str(PurePosixPath(name).parent) for name in mine)
    named = _named(tree, mine)
    real = {folder for one in copied for folder in PurePosixPath(one).parents}
    for folder in sorted(real):
        (target / folder).mkdir(parents=True, exist_ok=True)
        for entry in (tree / folder).iterdir():
            path = folder / entry.name
            if path not in real and str(path) not in copied:
                (target / path).symlink_to(entry)

    with _opened(tree) as top:

        def put(source: str, place: str) -> None:
            name = os.fsencode(os.path.basename(source))  # noqa: PTH119 - thousands of files
            if name in named or not _NAME.fullmatch(name) or not _link(top, source, place):
                # Tests may start scripts: a copy has the mode of the file.
                shutil.copy(source, place)

        for one in copied:
            if (tree / one).is_dir():
                shutil.copytree(tree / one, target / one, copy_function=put, ignore_dangling_symlinks=True)


def outermost(folders: Iterable[str]) -> list[str]:
    """The folders, each once, without those inside another."""
    paths = {PurePosixPath(folder) for folder in folders}
    return sorted(str(path) for path in paths if not paths.intersection(path.parents))


def _named(tree: Path, tests: Iterable[str]) -> set[bytes]:
    """The names of the tests, and all that may be names in their texts."""
    found: set[bytes] = set()
    for test in tests:
        found.add(os.fsencode(PurePosixPath(test).name))
        if (tree / test).is_file():
            found.update(_NAME.findall((tree / test).read_bytes()))
    return found


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """The descriptor of a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _link(top: int, source: str, place: str) -> bool:
    """Make a hard link to a file, or to what it is a symbolic link to. `source` is absolute."""
    try:
        # Without the descriptor, Python calls link(2), which makes a link to the symbolic link.
        os.link(source, place, src_dir_fd=top, follow_symlinks=True)
    except OSError:  # another file system, another owner, or too many links
        return False
    return True

"""A source tree to run tests in: the folders of tests are its own, all others are symbolic links.

A test may write beside itself (`RUN: echo x >> %S/other.ll`). It must reach neither the tree, which all
series share, nor the other side, which runs at the same time. So the tests that run and the files that they
name are copies. All other files are hard links: a folder of LLVM's has thousands, and copying them for one
test took longer than the test, as do symbolic links, which take a block of the disk each. What a test changes
without naming it (`%S/*.ll`) is found afterwards, as with all else that it can reach (sources.py).

The rounds of a check run tests on the same trees, and making a mirror of a large folder takes longer than
they do. So mirrors are kept, and one that no test has written to serves the next round, with further folders
if the round needs them.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from stat import S_ISDIR

# What a name is made of, as far as a test's text is split into names. A file with another name is copied.
_NAME = re.compile(rb"[\w.-]+")
# So many unused mirrors stay: those of two suites on two sides.
_KEPT = 4


class Mirror:
    """A mirror, below `root`, of the `tree` with the folders of some tests."""

    def __init__(self, tree: Path, root: Path) -> None:
        root.mkdir(parents=True)
        self.tree = tree
        self.root = root
        self._folders: list[str] = []
        self._named: set[bytes] = set()
        # What is not shared with the tree, as it was made: the folders, and the files that are copies.
        self._state: dict[str, tuple[int, ...]] = {}

    def add(self, tests: Iterable[str]) -> bool:
        """Have further tests (paths below the tree) run here.

        False if those of before have left something else than was here. What they changed in files that are
        hard links is a change of the tree, which is found there.
        """
        if any(_about(self.root / path) != state for path, state in self._state.items()):
            return False
        mine = list(tests)
        self._copy_named(_named(self.tree, mine) - self._named)
        folders = outermost([*self._folders, *(str(PurePosixPath(name).parent) for name in mine)])
        with _opened(self.tree) as top:
            for folder in set(folders).difference(self._folders):
                for parent in reversed(PurePosixPath(folder).parents):
                    if (self.tree / parent).is_dir():
                        self._open(top, str(parent))
                if (self.tree / folder).is_dir():
                    self._fill(top, folder)
        self._folders = folders
        self._state = {path: _about(self.root / path) for path in self._state}
        return True

    def _copy_named(self, names: set[bytes]) -> None:
        """Make copies of the files here that have these names, and later of those in further folders."""
        self._named |= names
        if not self._folders:
            return
        for folder in [path for path in self._state if (self.root / path).is_dir()]:
            here = set(os.listdir(os.fsencode(self.root / folder)))  # noqa: PTH208 - names as bytes
            for name in here & names:
                path = _below(folder, os.fsdecode(name))
                place, source = self.root / path, self.tree / path
                if path not in self._state and source.is_file() and not place.is_symlink():
                    place.unlink()
                    shutil.copy(source, place)
                    self._state[path] = ()

    def _fill(self, top: int, folder: str) -> None:
        """Have a folder and all that is below it."""
        for below in self._open(top, folder):
            self._fill(top, _below(folder, below))

    def _open(self, top: int, folder: str) -> list[str]:
        """Have a folder here, with its files, and links to its folders. Returns the names of these."""
        place = self.root / folder
        new = folder not in self._state
        if new:
            if place.is_symlink():
                place.unlink()
            place.mkdir(exist_ok=True)
            self._state[folder] = ()
        folders = []
        with os.scandir(self.tree / folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.name)
                    if new:
                        (place / entry.name).symlink_to(entry.path)
                elif new and entry.is_file():
                    self._put(top, entry, _below(folder, entry.name))
        return folders

    def _put(self, top: int, entry: os.DirEntry[str], path: str) -> None:
        """Have a file of the tree here."""
        name, place = os.fsencode(entry.name), f"{self.root}/{path}"
        if name in self._named or not _NAME.fullmatch(name) or not _link(top, entry.path, place):
            # Tests may start scripts: a copy has the mode of the file.
            shutil.copy(entry.path, place)
            self._state[path] = ()


class Mirrors:
    """The mirrors below `home`: each serves one suite on one toolchain at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._made = 0
        self._free: list[Mirror] = []

    def take(self, tree: Path, tests: Iterable[str]) -> Mirror:
        """A mirror of a tree in which the tests can run, as if nothing had ever run there."""
        mine = list(tests)
        known = next((one for one in self._free if one.tree == tree), None)
        if known is not None:
            self._free.remove(known)
            if known.add(mine):
                return known
            shutil.rmtree(known.root, ignore_errors=True)
        root = (self._home / f"{self._made:02}").resolve()
        self._made += 1
        new = Mirror(tree, root)
        new.add(mine)
        return new

    def give_back(self, used: Iterable[Mirror]) -> None:
        """Let others use them."""
        self._free += used
        while len(self._free) > _KEPT:
            shutil.rmtree(self._free.pop(0).root, ignore_errors=True)


def outermost(folders: Iterable[str]) -> list[str]:
    """The folders, each once, without those inside another."""
    paths = {PurePosixPath(folder) for folder in folders}
    return sorted(str(path) for path in paths if not paths.intersection(path.parents))


def _below(folder: str, name: str) -> str:
    """The path of what is in a folder."""
    return name if folder == "." else f"{folder}/{name}"


def _named(tree: Path, tests: Iterable[str]) -> set[bytes]:
    """The names of the tests, and all that may be names in their texts."""
    found: set[bytes] = set()
    for test in tests:
        found.add(os.fsencode(PurePosixPath(test).name))
        if (tree / test).is_file():
            found.update(_NAME.findall((tree / test).read_bytes()))
    return found


def _about(path: Path) -> tuple[int, ...]:
    """The state of a file, or of a folder, which changes with every name in it; empty if it is missing."""
    try:
        state = path.lstat()
        # The kernel's clock is coarse: a name that is added soon after the last one need not change the time.
        names = len(os.listdir(path)) if S_ISDIR(state.st_mode) else 0  # noqa: PTH208 - thousands of names
    except OSError:
        return ()
    return state.st_mode, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns, names


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

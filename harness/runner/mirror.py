"""A source tree to run tests in: the folders of tests are its own, all else is symbolic links.

A test may write beside itself (`RUN: echo x >> %S/other.ll`). It must reach neither the tree, which all
series share, nor the other side, which runs at the same time. So the tests that run and the files that they
name are copies. All other files are hard links: a folder of LLVM's has thousands, and copying them for one
test took longer than the test. What a test changes without naming it (`%S/*.ll`) is found afterwards, as
with all else that it can reach (sources.py).

The rounds of a check run tests of the same folders on the same trees, and making a mirror of a large folder
takes longer than they do. So mirrors are kept, and one that no test has written to serves the next round.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# What a name is made of, as far as a test's text is split into names. A file with another name is copied.
_NAME = re.compile(rb"[\w.-]+")
# So many unused mirrors stay: those of two suites on two sides.
_KEPT = 4
# Of every path: mode, inode, size, time of its content; and the time of its inode, but of hard links.
_State = dict[str, tuple[int, ...]]


@dataclass(eq=False, slots=True)
class Mirror:
    """A mirror of `folders` of a tree at `root`. `named`: what was copied; `state`: as it was made."""

    tree: Path
    folders: list[str]
    root: Path
    named: set[bytes]
    state: _State

    def renew(self, tests: Iterable[str]) -> bool:
        """Have further tests run here; False if those of before have left something else than was here."""
        if _state(self.root) != self.state:
            return False
        named = _named(self.tree, tests) - self.named
        for path in [path for path in self.state if os.fsencode(path.rpartition("/")[2]) in named]:
            place, source = self.root / path, self.tree / path
            if not place.is_symlink() and source.is_file():
                place.unlink()
                shutil.copy(source, place)
                self.state[path] = _about(place.lstat())
        self.named |= named
        return True


class Mirrors:
    """The mirrors below `home`: each serves one suite on one toolchain at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._made = 0
        self._free: list[Mirror] = []

    def take(self, tree: Path, tests: Iterable[str]) -> Mirror:
        """A mirror of a tree in which the tests can run, as if nothing had ever run there."""
        mine = list(tests)
        folders = _folders(mine)
        known = next((one for one in self._free if (one.tree, one.folders) == (tree, folders)), None)
        if known is not None:
            self._free.remove(known)
            if known.renew(mine):
                return known
            shutil.rmtree(known.root, ignore_errors=True)
        root = (self._home / f"{self._made:02}").resolve()
        self._made += 1
        mirror(tree, mine, root)
        return Mirror(tree, folders, root, _named(tree, mine), _state(root))

    def give_back(self, used: Iterable[Mirror]) -> None:
        """Let others use them."""
        self._free += used
        while len(self._free) > _KEPT:
            shutil.rmtree(self._free.pop(0).root, ignore_errors=True)


def mirror(tree: Path, tests: Iterable[str], target: Path) -> None:
    """Fill the empty `target` with the tree, so that the tests (paths below it) can run there."""
    mine = list(tests)
    copied = _folders(mine)
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


def _folders(tests: Iterable[str]) -> list[str]:
    """The folders that are mirrored for some tests."""
    return outermost(str(PurePosixPath(name).parent) for name in tests)


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


def _state(root: Path) -> _State:
    """The state of all that is below a folder, without following links."""
    found: _State = {}
    below = len(os.path.join(root, ""))  # noqa: PTH118 - as scandir joins
    pending = [os.fspath(root)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                state = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                    found[entry.path[below:]] = (state.st_mode,)
                else:
                    found[entry.path[below:]] = _about(state)
    return found


def _about(state: os.stat_result) -> tuple[int, ...]:
    # The inode of a hard link changes with every further link to it.
    changed = state.st_ctime_ns if state.st_nlink == 1 else 0
    return state.st_mode, state.st_ino, state.st_size, state.st_mtime_ns, changed


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

"""Whether tests leave the source trees unchanged: no verdict rests on what a test wrote.

A test and what it names beside it are copies (mirror.py), the rest of LLVM's source is links: `%S/../Other/x`
is the file that every series is built from. Copying all of LLVM takes longer than most tests, and file modes
do not stop root. So the trees are compared afterwards: reading sizes, times, inodes and modes of 70,000 files
takes half a second.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.store import MANIFEST, Store

_State = dict[str, tuple[int, int, int, int]]
_Naming = Callable[[str], Iterable[str]]
_SHOWN = 5
# What Python leaves beside its modules is not source.
_NOT_SOURCE = "__pycache__"


@dataclass(eq=False)
class SourceChangedError(UsageError):
    """A file of LLVM's source changed while tests ran: nothing may be built from it now.

    `trees` are those that lead to it.
    """

    trees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tree:
    """The state of the files of a tree, and the `folders` that they are in, by device and inode."""

    files: _State
    folders: frozenset[tuple[int, int]]


class SourceWatch:
    """What the files of source trees were before tests ran there, with all that their links lead to.

    Reading them takes longer than most tests. So the runs of a series share one watch, which is asked before
    anything rests on the trees: a verdict, or what is compiled of them. Other trees lead into `lasting`,
    which is read first and stays known to the next series.
    """

    def __init__(self, lasting: Path | None = None) -> None:
        self._lasting = os.path.realpath(lasting) if lasting is not None else ""
        self._trees: dict[str, _Tree] = {}
        self._naming: list[_Naming] = []
        self._ran = False

    def begin(self, trees: Iterable[Path], naming: _Naming) -> None:
        """Tests run in these trees from now on; `naming` returns those that name a file."""
        new = sorted({os.path.realpath(tree) for tree in trees}.difference(self._trees))
        if new and self._lasting and self._lasting not in self._trees:
            new = [self._lasting, *(tree for tree in new if tree != self._lasting)]
        self._trees |= _read(new, self._trees.values())
        self._naming.append(naming)
        self._ran = True

    def require_unchanged(self) -> None:
        """Raise SourceChangedError if a file has changed since. Where nothing ran, nothing is read."""
        if not self._ran:
            return
        now = _read(self._trees)
        if now == self._trees:
            self._ran = False
            return
        found = [
            (path, tree)
            for tree, before in self._trees.items()
            for path in {*now[tree].files, *before.files}
            if now[tree].files.get(path) != before.files.get(path)
        ]
        # A file may be in several trees: they have hard links.
        changed = list(dict.fromkeys(self._shown(path) for path, _ in sorted(found)))
        lines = shown = changed[:_SHOWN]
        lines = [*lines, *([f"and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else [])]
        named = {Path(path).name for path in shown}
        tests = sorted({test for file in named for naming in self._naming for test in naming(file)})
        lines += [f"named by {test}" for test in tests[:_SHOWN]]
        raise SourceChangedError(
            f"{lines[0]}: changed while LLVM's own tests ran: no verdict can rest on that",
            "have the test write to %t, or below %S; the next run makes the source anew",
            "\n".join(lines),
            trees=tuple(sorted({tree for _, tree in found})),
        )

    def leave(self) -> None:
        """Nothing runs any more in the trees of a series."""
        self._trees = {tree: one for tree, one in self._trees.items() if tree == self._lasting}
        self._naming.clear()

    def _shown(self, path: str) -> str:
        tree = next((tree for tree in self._trees if path.startswith(f"{tree}/")), "")
        return path.removeprefix(f"{tree}/")


@contextmanager
def drop_if_changed(store: Store, *roots: Path) -> Iterator[None]:
    """Remove those of the trees that are entries of the store, if tests in the block change a source.

    Of others that lead to what changed, too: they have hard links to it.
    """
    try:
        yield
    except SourceChangedError as error:
        top = Path(os.path.realpath(store.root))
        for root in {Path(os.path.realpath(root)) for root in (*map(str, roots), *error.trees)}:
            if root.is_relative_to(top):
                store.drop(root.parent.name, root.name)
        raise


def _read(trees: Iterable[str], known: Iterable[_Tree] = ()) -> dict[str, _Tree]:
    """The trees, each without what an earlier one or one that is `known` leads to."""
    been = {folder for tree in known for folder in tree.folders}
    found = {}
    for tree in trees:
        found[tree] = one = _read_tree(tree, been)
        been |= one.folders
    return found


def _read_tree(tree: str, been: Set[tuple[int, int]]) -> _Tree:
    files: _State = {}
    folders: set[tuple[int, int]] = set()
    pending = [tree]
    while pending:
        folder = pending.pop()
        here = os.stat(folder)  # noqa: PTH116 - thousands of folders
        which = here.st_dev, here.st_ino
        if which in been or which in folders:
            continue
        folders.add(which)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != _NOT_SOURCE:
                        pending.append(entry.path)
                # Another run may use the entry of the store: its manifest says when that was.
                elif entry.name != MANIFEST and entry.is_file():
                    state = entry.stat()
                    # Not the time of change of its inode: patched copies are hard links, made at any time.
                    files[entry.path] = state.st_size, state.st_mtime_ns, state.st_ino, state.st_mode
    return _Tree(files, frozenset(folders))

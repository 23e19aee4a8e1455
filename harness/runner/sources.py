"""Whether tests leave the source trees unchanged: no verdict rests on what a test wrote.

A test and what it names beside it are copies (mirror.py), the rest of LLVM's source is links: `%S/../Other/x`
is the file that every series is built from. Copying all of LLVM takes longer than most tests, and file modes
do not stop root. So the trees are compared afterwards: reading sizes, times, inodes and modes of 70,000 files
takes half a second.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import UsageError
from harness.store import Store

_State = dict[str, tuple[int, int, int, int]]
_SHOWN = 5
# What Python leaves beside its modules is not source.
_NOT_SOURCE = "__pycache__"


class SourceChangedError(UsageError):
    """A file of LLVM's source changed while tests ran: nothing may be built from it now."""


class LastState:
    """The trees of the last run and their state at its end: what the next run on them begins with."""

    def __init__(self) -> None:
        self._trees: list[str] = []
        self._state: _State = {}

    def take(self, trees: list[str]) -> _State:
        """The state of the trees: known, or read now."""
        return self._state if trees == self._trees else _state(trees)

    def keep(self, trees: list[str], state: _State) -> None:
        """Keep what the next run begins with. A run on no tree leaves all as it is."""
        if trees:
            self._trees, self._state = trees, state


class Sources:
    """The state of the files of some trees, and of those that their links lead to, at construction.

    With `last` it is that of the end of the run before, if that was on the same trees: what tests left
    running may have written since.
    """

    def __init__(self, trees: Iterable[Path], last: LastState | None = None) -> None:
        self._trees = sorted({os.path.realpath(tree) for tree in trees})
        self._last = last or LastState()
        self._before = self._last.take(self._trees)

    def require_unchanged(self, naming: Callable[[str], Iterable[str]]) -> None:
        """Raise SourceChangedError if a file has changed; `naming` returns the tests that name it."""
        now = _state(self._trees)
        if now == self._before:
            self._last.keep(self._trees, now)
            return
        changed = sorted(p for p in {*now, *self._before} if now.get(p) != self._before.get(p))
        shown = changed[:_SHOWN]
        lines = [self._shown(path) for path in shown]
        lines += [f"and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else []
        tests = sorted({test for path in shown for test in naming(Path(path).name)})
        lines += [f"named by {test}" for test in tests[:_SHOWN]]
        raise SourceChangedError(
            f"{self._shown(changed[0])}: changed while LLVM's own tests ran: no verdict can rest on that",
            "have the test write to %t, or below %S; the next run makes the source anew",
            "\n".join(lines),
        )

    def _shown(self, path: str) -> str:
        tree = next((tree for tree in self._trees if path.startswith(f"{tree}/")), "")
        return path.removeprefix(f"{tree}/")


@contextmanager
def drop_if_changed(store: Store, *roots: Path) -> Iterator[None]:
    """Remove those of the trees that are entries of the store, if tests in the block change a source."""
    try:
        yield
    except SourceChangedError:
        for root in roots:
            if root.is_relative_to(store.root):
                store.drop(root.parent.name, root.name)
        raise


def _state(trees: Iterable[str]) -> _State:
    found: _State = {}
    been: set[tuple[int, int]] = set()
    pending = list(trees)
    while pending:
        folder = pending.pop()
        here = os.stat(folder)  # noqa: PTH116 - thousands of folders
        if (here.st_dev, here.st_ino) in been:
            continue
        been.add((here.st_dev, here.st_ino))
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != _NOT_SOURCE:
                        pending.append(entry.path)
                elif entry.is_file():
                    state = entry.stat()
                    # Not the time of change of its inode: patched copies are hard links, made at any time.
                    found[entry.path] = state.st_size, state.st_mtime_ns, state.st_ino, state.st_mode
    return found

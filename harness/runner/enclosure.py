"""What a worker may read: this Python, the store, and what a suite on a toolchain is made of.

A worker starts before it is known what it will run. So it may read what is usual; for anything else it is
started again (one_worker.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.llvm import Toolchain
from harness.process.jail import is_below, machine_paths, python_paths
from harness.store import MANIFEST, default_root

_ROOT = Path(__file__).parents[2]
# What a worker gets of our environment besides what every jail gives it (process/jail.py). lit passes none of
# it on to tests: they have HOME and TMPDIR, and what their configuration sets.
ENVIRONMENT: tuple[str, ...] = ("PYTHONPATH",)
# Links from one name of a tool to the next; Linux follows no more either.
_MOST_LINKS = 40


def usual_reads() -> tuple[Path, ...]:
    """What every worker may read."""
    modules = (Path(word) for word in os.environ.get("PYTHONPATH", "").split(os.pathsep) if word)
    return (*python_paths(), *(path.absolute() for path in modules), default_root(), _ROOT / "lit-tests")


def is_shown(path: Path, folders: Iterable[Path]) -> bool:
    """Whether who may read these folders may read what an absolute path leads to."""
    return ".." not in path.parts and is_below(path, folders)


def needed_reads(toolchain: Toolchain, root: Path, tree: Path) -> tuple[Path, ...]:
    """What tests of the suite at `root`, in `tree`, read on a toolchain, besides the machine's own."""
    found = [root.absolute(), tree.absolute(), *_base_of(tree), *toolchain.reads]
    for folder in {one for tool in toolchain.tools.values() for one in _folders_of(tool.absolute())}:
        found += _around(folder)
        if toolchain.server:
            # llvmlite, where it is not the installed one.
            found += [entry.resolve() for entry in folder.iterdir() if entry.is_symlink()]
    real = (one for path in found for one in (path, path.resolve()))
    machine = machine_paths()
    return tuple(dict.fromkeys(path for path in real if not is_shown(path, machine)))


def _folders_of(tool: Path) -> Iterator[Path]:
    """The folders that a program is in, by each of its names."""
    for _link in range(_MOST_LINKS):
        yield tool.parent
        if not tool.is_symlink():
            return
        tool = tool.parent / tool.readlink()


def _around(folder: Path) -> Iterator[Path]:
    """What programs of a folder read to start."""
    for path in (folder, *folder.resolve().parents):
        if (path / MANIFEST).is_file():
            # A command of an entry may start a program of another one.
            yield path.parents[1]
            return
    yield folder
    for name in ("lib", "lib64"):
        if folder.name == "bin" and (libraries := folder.parent / name).is_dir():
            yield libraries


def _base_of(tree: Path) -> Iterator[Path]:
    """The tree that the folders of a tree of links are in (symlink_tree.py)."""
    folder = tree / "llvm"
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                real = Path(os.path.realpath(entry.path))
                if entry.is_symlink() and real.parts[-2:] == ("llvm", entry.name):
                    yield real.parents[1]
                    return

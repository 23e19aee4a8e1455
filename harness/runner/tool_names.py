"""Which of LLVM's tools tests name: an over-estimate, so that those are built with a patch.

A tool that only a script names is missed here, and noticed when a test starts it: gate.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.litsite.execution import ASSEMBLER, uses_assembler
from harness.runner.gate import llvm_name
from harness.runner.runs import Suite

# lit's keywords with commands in them.
_COMMANDS = re.compile(rb"(?:RUN|DEFINE):(.*)")
_WORD = re.compile(r"[\w.+-]+")
_LOCAL = "lit.local.cfg"
_CONFIGURATIONS = frozenset({_LOCAL, "lit.cfg", "lit.cfg.py"})
# People read tests; a larger file is data.
_LARGEST = 4 << 20


def tools_of_suite(suite: Suite) -> frozenset[str]:
    """The tools that a suite's tests (those in `names`, or all) and its configuration name."""
    if suite.names:
        texts = _chosen(suite.root, [name.removeprefix(suite.prefix) for name in suite.names])
    else:
        texts = _all(suite.root)
    return tools_in_texts(texts)


def tools_in_texts(texts: Iterable[tuple[str, bytes]]) -> frozenset[str]:
    """The tools named in files, given by name and text: in the commands, or anywhere if there are none.

    `%llc_dwarf` is llc.
    """
    found: set[str] = set()
    for name, text in texts:
        lines = [] if name in _CONFIGURATIONS else _COMMANDS.findall(text)
        said = b"\n".join(lines or [text]).decode("utf-8", "replace")
        words = set(_WORD.findall(said))
        found |= {tool for word in words for part in (word, word.split("_")[0]) if (tool := llvm_name(part))}
        if uses_assembler(said):
            found.add(ASSEMBLER)
    return frozenset(found)


def _chosen(root: Path, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Some tests, and the local configurations of their folders."""
    folders: set[Path] = set()
    for name in names:
        path = root / name
        folders.update(folder for folder in path.parents if folder.is_relative_to(root))
        yield from _read(path)
    for folder in sorted(folders):
        yield from _read(folder / _LOCAL)


def _all(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a suite, in linked folders too: lit finds tests there."""
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        folders[:] = [] if real in seen else [name for name in folders if name != "__pycache__"]
        for name in files if real not in seen else ():
            yield from _read(Path(folder) / name)
        seen.add(real)


def _read(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_file() and path.stat().st_size <= _LARGEST:
        yield path.name, path.read_bytes()

"""The headers that a unit includes first, compiled once for all versions of the unit.

Most of a compile is reading headers: 3.4 s of 4.0 s of `StackMaps.cpp`. A unit that series touch is compiled
for base, for each of these series and for every edit of them, and all of these begin with the same includes.
So does clangd with a file that is edited, which calls it the preamble. The object is byte for byte that of a
compile without. If the compiler does not like something about it, the unit is compiled without.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.process import Completed
from harness.store import Store, digest

KIND = "preamble"
_COMPILED, _DEPENDENCIES = "preamble.pch", "dependencies"
# They have 30 to 80 MB each: of so many units, those used last.
_MOST = 48
_WORTH = 3
_INCLUDE = re.compile(r'[ \t]*(#[ \t]*include[ \t]*(?:"[^"\n]+\.h"|<[^>\n]+>))[^\n]*\n')
_SPACE = re.compile(r"(?:\s*(?://[^\n]*\n|/\*.*?\*/))*\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Preamble:
    """A compiled preamble, and the files of LLVM that it read."""

    path: Path
    dependencies: frozenset[str]


def find_preamble(text: str) -> str:
    """The includes that a unit begins with, before any other code; empty if there are hardly any."""
    found: list[str] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        include = _INCLUDE.match(text, space.end() if space else at)
        if include is None:
            return "".join(f"{one}\n" for one in found) if len(found) >= _WORTH else ""
        found.append(include[1])
        at = include.end()


def compile_preamble(
    store: Store,
    text: str,
    source: Path,
    words: Sequence[str],
    *,
    run: Callable[[list[str], bytes, Path], Completed],
    read: Callable[[str], frozenset[str]],
) -> Preamble | None:
    """The preamble `text` of the unit at `source`; None if the compiler has none of it.

    `words` compile the unit, without their output. `run` runs the compiler on a text, and lets it write into
    a folder; `read` takes the files of LLVM from a depfile. A preamble holds paths of this machine, so its
    key has them.
    """
    if not posixpath.basename(words[0]).startswith("clang") or str(source) not in words:
        return None
    compile_text = [word for word in words if word not in {"-c", str(source)}]
    compile_text += ["-iquote", str(source.parent), "-x", "c++-header", "-"]

    def build(aside: Path) -> None:
        depfile, target = aside / "preamble.d", aside / _COMPILED
        outputs = ["-MD", "-MF", str(depfile), "-MT", "unit", "-o", str(target)]
        done = run([*compile_text, *outputs], text.encode("utf-8", "surrogateescape"), aside)
        if done.limit or done.returncode < 0:
            raise _StoppedError
        if done.ok:
            (aside / _DEPENDENCIES).write_text("\n".join(sorted(read(depfile.read_text()))))
        else:  # remembered, as to fail takes as long
            target.unlink(missing_ok=True)
        depfile.unlink(missing_ok=True)

    try:
        place = store.make(KIND, digest("1", text, *compile_text), build)
    except _StoppedError:
        return None
    with contextlib.suppress(OSError):  # another run may have removed it
        os.utime(place)
        _forget_old(store.root / KIND)
        if (place / _COMPILED).is_file():
            return Preamble(place / _COMPILED, frozenset((place / _DEPENDENCIES).read_text().split("\n")))
    return None


class _StoppedError(Exception):
    """The compiler was stopped: that says nothing of the preamble."""


def _forget_old(folder: Path) -> None:
    """Remove those that were not used for the longest time."""
    places = [path for path in folder.iterdir() if (path / _COMPILED).is_file() and ".tmp-" not in path.name]
    for place in sorted(places, key=lambda path: path.stat().st_mtime)[:-_MOST]:
        shutil.rmtree(place, ignore_errors=True)

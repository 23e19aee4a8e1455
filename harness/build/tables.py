"""What TableGen makes of inputs (`.td`) that a series changes.

A series that changes them changes headers that the build generates. LLVM's own graph knows the command that
makes each of them. A side runs it on its own source, and what comes out other than base's counts as a changed
header: its units are compiled with it, found in the order of cmake's own include paths.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import process
from harness.build.diagnostics import explained
from harness.build.graph import Graph
from harness.build.plan import may_include
from harness.build.request import Side
from harness.store import Store, digest

RECIPE = "1"
TOP = "build/"
_INCLUDE = re.compile(rb'^[ \t]*include[ \t]+"([^"\n]+)"', re.M)


@dataclass(frozen=True, slots=True)
class Table:
    """A generated header: its path in the build tree, and the words of the commands that make it there."""

    output: str
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """The headers that a side generates otherwise than base does.

    `folder` holds all that its inputs may have changed, at their paths in the build tree; `digests` are of
    the content of those that differ, by `build/` and their path.
    """

    folder: Path
    digests: Mapping[str, str] = field(default_factory=dict)


def touched_tables(graph: Graph, inputs: Sequence[str]) -> tuple[Table, ...]:
    """The generated headers that may depend on one of `inputs`, paths of `.td` files: never too few.

    The graph names the file each is made from, and that may include the others by any path.
    """
    roots = {*inputs, *may_include(inputs, _includes(graph.source))}
    words = {str(graph.source / root) for root in roots}
    made = (Table(output, split(line)) for output, line in graph.recipes.items() if output in graph.generated)
    return tuple(one for one in made if any(words.intersection(command) for command in one.commands))


def split(line: str) -> tuple[tuple[str, ...], ...]:
    """The commands of a rule but for the `cd` in front: `cd build && tblgen -o x` -> ((tblgen, -o, x),)."""
    found: list[list[str]] = [[]]
    for word in shlex.split(line):
        if word == "&&":
            found.append([])
        else:
            found[-1].append(word)
    return tuple(tuple(command) for command in found if command and command[0] != "cd")


@dataclass(frozen=True, slots=True)
class TableGen:
    """Makes a side's headers. `key` names the graph, `parallel` does something to each of a list."""

    store: Store
    graph: Graph
    key: str
    parallel: Callable[[Callable[[Table], None], Sequence[Table], Callable[[Table], str]], object]

    def make(self, tables: Sequence[Table], side: Side, changed: Mapping[str, str]) -> Tables:
        """Those of `tables` that base has by now, as the side has them, and which differ.

        `changed` maps what the side changes to digests of its content. Raises CompileError if TableGen
        refuses an input.
        """
        there = [one for one in tables if (self.graph.build / one.output).is_file()]
        inputs = (f"{path}={content}" for path, content in sorted(changed.items()) if path.endswith(".td"))

        def write(aside: Path) -> None:
            self.parallel(lambda one: self._run(one, side, aside), there, lambda one: one.output)

        key = digest(RECIPE, self.key, *inputs, *(one.output for one in there))
        folder = self.store.make("tables", key, write)
        digests = {}
        for table in there:
            content = (folder / table.output).read_bytes()
            if content != (self.graph.build / table.output).read_bytes():
                digests[TOP + table.output] = digest(content)
        return Tables(folder, digests)

    def _run(self, table: Table, side: Side, aside: Path) -> None:
        (aside / table.output).parent.mkdir(parents=True, exist_ok=True)
        for command in table.commands:
            argv = [_moved(word, self.graph, table, side, aside) for word in command]
            result = process.run(argv, cwd=aside, env=self.graph.env, limits=process.BUILD_LIMITS)
            if not result.ok:
                raise explained(table.output, side, result)


def _moved(word: str, graph: Graph, table: Table, side: Side, aside: Path) -> str:
    """A word of base's command as the side says it: its own source in, and a folder of its own out."""
    own = word.replace(f"{graph.build}/{table.output}", f"{aside}/{table.output}")
    return own.replace(f"{graph.source}/", f"{side.root}/")


def _includes(source: Path) -> dict[str, tuple[str, ...]]:
    """The names that each `.td` file of LLVM includes."""
    found: dict[str, tuple[str, ...]] = {}
    for top in ("llvm/lib", "llvm/include", "llvm/tools"):
        for path in (source / top).rglob("*.td"):
            names = _INCLUDE.findall(path.read_bytes())
            found[str(path.relative_to(source))] = tuple(name.decode("utf-8", "replace") for name in names)
    return found


def table_headers(tables: Iterable[Table]) -> tuple[str, ...]:
    """Where the units find them: `build/` and their path in the build tree."""
    return tuple(TOP + one.output for one in tables)

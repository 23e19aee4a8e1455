"""What TableGen makes of inputs (`.td`) that a series changes.

A series that changes them changes headers that the build generates. LLVM's own graph knows the command that
makes each of them. A side runs it on its own source, and what comes out other than base's counts as a changed
header: its units are compiled with it, found in the order of cmake's own include paths.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from harness import process
from harness.builders.depfile import ReadsMoreError, find_names_read, outside, prose_error, read_words
from harness.builders.diagnostics import explain_diagnostics
from harness.builders.graph import TOP, Graph
from harness.builders.includes import read_includes
from harness.builders.plan import TABLE_SUFFIXES, is_prose, may_include
from harness.builders.request import Side
from harness.builders.workers import Workers
from harness.errors import PatchError
from harness.store import Store, digest

RECIPE = "2"
_INCLUDE = re.compile(rb'^[ \t]*include[ \t]+"([^"\n]+)"', re.M)
_READ = "harness-read"
_RULE = re.compile(
    r"^build (?P<outputs>(?:[^:$\n]|\$.)+): CUSTOM_COMMAND\b.*\n  COMMAND = cd (?P<command>.*)$", re.M
)


@dataclass(frozen=True, slots=True)
class Table:
    """What one run of TableGen makes: files by their paths in the build tree, and how, in which folder."""

    outputs: tuple[str, ...]
    argv: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The headers that a side generates otherwise than base does.

    `folder` holds all that its inputs may have changed, at their paths in the build tree; `digests` are of
    the content of those that differ, by `build/` and their path.
    """

    folder: Path
    digests: Mapping[str, str]


class TableInputs:
    """What a graph makes of the source's `.td` files; read once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def touched(self, inputs: Sequence[str], others: Sequence[str]) -> dict[str, tuple[Table, ...]]:
        """What is made of each of `inputs`, paths of `.td` files, or may be: never too few. And of `others`,
        if anything is.

        The graph names the file each is made from, and that may include the others by any path. What TableGen
        makes includes others of the same run at most, so that whoever reads one of those by it names it.
        """
        found = {path: self._touched(path) for path in inputs}
        used = [path for path in others if may_include([path], self._includes)]
        return {**found, **{path: made for path in used if (made := self._touched(path))}}

    def _touched(self, path: str) -> tuple[Table, ...]:
        roots = {path, *may_include([path], self._includes)}
        words = {str(self._graph.source / root) for root in roots}
        return tuple(rule for rule in self._rules if words.intersection(rule.argv))

    @cached_property
    def _includes(self) -> dict[str, tuple[str, ...]]:
        return read_includes(self._graph.source / "llvm", "llvm/", TABLE_SUFFIXES, _included)

    @cached_property
    def _rules(self) -> tuple[Table, ...]:
        graph = self._graph
        rules = read_rules((graph.build / "build.ninja").read_text(), graph.build)
        return tuple(rule for rule in rules if graph.generated.issuperset(rule.outputs))


def read_rules(ninja: str, build: Path) -> tuple[Table, ...]:
    """What cmake runs in a build tree besides compilers and linkers, from its build.ninja.

    Of a command line it is the first command. What cmake itself appends is about dependency files.
    """
    found = []
    for rule in _RULE.finditer(ninja):
        folder, argv, *_ = _commands(_plain(rule["command"]))
        paths = re.split(r"(?<!\$) ", rule["outputs"])
        outputs = tuple(_plain(path) for path in paths if path != "|" and not path.startswith("${"))
        found.append(Table(outputs, argv, str(Path(folder[0]).relative_to(build))))
    return tuple(found)


def _included(text: bytes) -> tuple[str, ...]:
    return tuple(name.decode("utf-8", "replace") for name in _INCLUDE.findall(text))


def _plain(escaped: str) -> str:
    return re.sub(r"\$([$: ])", r"\1", escaped)


def _commands(line: str) -> list[tuple[str, ...]]:
    found: list[list[str]] = [[]]
    for word in shlex.split(line):
        if word == "&&":
            found.append([])
        else:
            found[-1].append(word)
    return [tuple(command) for command in found]


@dataclass(frozen=True, slots=True)
class TableGen:
    """Makes a side's headers. `key` names the graph."""

    store: Store
    graph: Graph
    key: str
    workers: Workers

    def make(self, tables: Sequence[Table], side: Side, changed: Mapping[str, str]) -> Tables:
        """`tables` as the side has them, and which of base's differ: all of these must be there.

        `changed` maps what the side changes to digests of its content. Raises CompileError if TableGen
        refuses an input.
        """
        outputs = [output for one in tables for output in one.outputs]
        inputs = {path for path in changed if path.endswith(TABLE_SUFFIXES)}
        while True:
            try:
                folder = self._made(tables, outputs, side, changed, inputs)
                break
            except ReadsMoreError as more:
                if found := sorted(path for path in more.paths if is_prose(path)):
                    raise prose_error(tables[0].outputs[0], found[0]) from None
                inputs |= more.paths
        digests = {}
        for output in outputs:
            content = (folder / output).read_bytes()
            if content != (self.graph.build / output).read_bytes():
                digests[TOP + output] = digest(content)
        return Tables(folder, digests)

    def _made(
        self,
        tables: Sequence[Table],
        outputs: Sequence[str],
        side: Side,
        changed: Mapping[str, str],
        inputs: Collection[str],
    ) -> Path:
        """What is made with these `inputs` changed. Raises ReadsMoreError if more that changes is read."""

        def write(aside: Path) -> None:
            run = partial(self._run, side=side, aside=aside)
            read = self.workers.each(run, tables, lambda one: one.outputs[0])
            names = frozenset[str]().union(*read)
            check(names)
            (aside / _READ).write_text("\n".join(sorted(names)))

        def check(names: frozenset[str]) -> None:
            if more := frozenset(name for name in names if name in changed and name not in inputs):
                raise ReadsMoreError(more)

        state = (f"{path}={changed[path]}" for path in sorted(inputs))
        folder = self.store.make("tables", digest(RECIPE, self.key, *state, *outputs), write)
        check(frozenset((folder / _READ).read_text().split("\n")))
        return folder

    def _run(self, table: Table, side: Side, aside: Path) -> frozenset[str]:
        """Make one table. Gives what was read of the side's source."""
        for output in table.outputs:
            (aside / output).parent.mkdir(parents=True, exist_ok=True)
        (aside / table.folder).mkdir(parents=True, exist_ok=True)
        argv = [_moved(word, self.graph, table, side, aside) for word in table.argv]
        result = process.run(argv, cwd=aside / table.folder, env=self.graph.env, limits=process.BUILD_LIMITS)
        if not result.ok:
            raise explain_diagnostics(table.outputs[0], side, result)
        if "-d" not in argv:
            return frozenset()
        depfile = (aside / table.folder / argv[argv.index("-d") + 1]).read_text()
        words = read_words(depfile, aside / table.folder)
        if foreign := outside(words, [str(side.root), str(self.graph.build), str(aside)]):
            raise PatchError(
                f"{table.outputs[0]} is made from {foreign[0]}: it is not part of LLVM",
                "include files of LLVM's source alone",
            )
        return find_names_read(depfile, side.root, self.graph.build)


def _moved(word: str, graph: Graph, table: Table, side: Side, aside: Path) -> str:
    """A word of base's command as the side says it: its own source in, and a folder of its own out."""
    for output in table.outputs:
        word = word.replace(f"{graph.build}/{output}", f"{aside}/{output}")
    return word.replace(f"{graph.source}/", f"{side.root}/")


def table_headers(tables: Iterable[Table]) -> tuple[str, ...]:
    """Where the units find them: `build/` and their path in the build tree."""
    return tuple(TOP + output for one in tables for output in one.outputs)

"""What TableGen makes from inputs (`.td`) that a series changes.

Such a series changes headers that the build generates. LLVM's own graph knows the command that makes each of
them. A side runs these commands on its own source. An output that differs from base's counts as a changed
header, and is found before base's in each of cmake's include paths.
"""

from __future__ import annotations

import posixpath
import re
import shlex
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from harness.builders.depfile import ReadsMoreError, find_names_read, outside, prose_error, read_words
from harness.builders.diagnostics import explain_diagnostics
from harness.builders.graph import TOP, Graph
from harness.builders.includes import read_includes
from harness.builders.jail import find_missing, require_own
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
    """What one run of TableGen makes: files, by their paths in the build tree; its command and folder."""

    outputs: tuple[str, ...]
    argv: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The headers that differ from base's on a side.

    `folder` holds all headers that the side's inputs may have changed, at their paths in the build tree.
    `digests` maps `build/` and the path of each that differs to a digest of its content.
    """

    folder: Path
    digests: Mapping[str, str]


class TableInputs:
    """What a graph makes from the source's `.td` files; read once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def touched(self, inputs: Sequence[str], others: Sequence[str]) -> dict[str, tuple[Table, ...]]:
        """The tables made from each of `inputs` (`.td` files) and `others`: perhaps too many, never too few.

        The graph names the file that each table is made from, and that file may include the inputs by any
        path. A generated header includes at most other headers of the same run, so a unit that reads one of
        those through it also names it.
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
    """The commands of a build tree besides compilers and linkers, from its build.ninja.

    Only the first command of each command line: what cmake appends is about dependency files.
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
        """The side's version of `tables`, compared with base's headers, which must exist.

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
        """The tables, with these `inputs` changed. Raises ReadsMoreError if more changed files are read."""

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
        """Make one table. Returns the files of the side's source that were read."""
        # Several are made at once: each in a folder that it may write alone.
        own = Path(tempfile.mkdtemp(dir=aside))
        for output in table.outputs:
            (own / output).parent.mkdir(parents=True, exist_ok=True)
            (aside / output).parent.mkdir(parents=True, exist_ok=True)
        (own / table.folder).mkdir(parents=True, exist_ok=True)
        argv = [_moved(word, self.graph, table, side, own) for word in table.argv]
        # A generated header of base may be taken in by an include path.
        reads, roots = (side.root, self.graph.build), [str(side.root), str(self.graph.build), str(own)]
        result = self.graph.enclosure.fill(argv, own, reads, cwd=own / table.folder)
        if not result.ok:
            self._refuse(table, outside(find_missing(result.text, own / table.folder), roots))
            raise explain_diagnostics(table.outputs[0], side, result)
        names: frozenset[str] = frozenset()
        if "-d" in argv:
            name = argv[argv.index("-d") + 1]
            require_own(own, [posixpath.join(table.folder, name)])
            depfile = (own / table.folder / name).read_text()
            self._refuse(table, outside(read_words(depfile, own / table.folder), roots))
            names = find_names_read(depfile, side.root, self.graph.build)
        for output in table.outputs:
            (own / output).replace(aside / output)
        shutil.rmtree(own)
        return names

    def _refuse(self, table: Table, foreign: Sequence[str]) -> None:
        """Raise PatchError if a table is made from what is not LLVM's."""
        if foreign:
            raise PatchError(
                f"{table.outputs[0]} is made from {foreign[0]}: it is not part of LLVM",
                "include files of LLVM's source alone",
            )


def _moved(word: str, graph: Graph, table: Table, side: Side, aside: Path) -> str:
    """A word of base's command, changed to read the side's own source and write to a folder of its own."""
    for output in table.outputs:
        word = word.replace(f"{graph.build}/{output}", f"{aside}/{output}")
    return word.replace(f"{graph.source}/", f"{side.root}/")


def table_headers(tables: Iterable[Table]) -> tuple[str, ...]:
    """The names by which units read them: `build/` and their path in the build tree."""
    return tuple(TOP + output for one in tables for output in one.outputs)

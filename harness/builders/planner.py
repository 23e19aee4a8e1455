"""Plan an overlay: which units to compile and which tools to link, the same on every side.

Every touched source is compiled, whatever tool it belongs to. A tool is linked if tests run it and it
contains a touched unit. The plan names what is touched but cannot be compiled or run here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from harness.builders.graph import TOP, CompileCommand, Graph
from harness.builders.headers import Headers
from harness.builders.includes import read_includes
from harness.builders.link import goes_into
from harness.builders.plan import (
    HEADER_SUFFIXES,
    UNIT_SUFFIXES,
    UNIT_TESTS,
    Touched,
    find_included_names,
    may_include,
)
from harness.builders.request import CHECKERS, NeedsFullBuildError, Options, Side
from harness.builders.tables import Table, TableInputs, table_headers

TOOLS = ("llc", "lli")
ANOTHER_HOST = "for another host"
NOT_HERE = "no unit that is compiled here reads it"
NO_UNIT = "not in the build of this LLVM"
NOT_RUN = "compiled, in no tool that the tests run"
# More units than this times the limit are not even asked what they read.
_ASKED = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What every side of an overlay compiles (`units`, by path) and links (`tools`).

    `tables` are the generated headers that a side may have to make anew from `inputs`. `unjudged` and `stale`
    are as in `Built`; `hidden` belongs to the first of them, and says what the limit on units keeps from
    being compiled. `tests` maps unit test programs to the touched unit tests in them. `why` maps each unit
    that is not touched itself to the touched headers it reads. `tested` is what the tools that tests run are
    linked from.
    """

    units: tuple[str, ...]
    tools: tuple[str, ...]
    tables: tuple[Table, ...]
    inputs: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tested: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What building an overlay comes to: how many units are to compile of `base`, at most of `patched`."""

    plan: Plan
    base: int
    patched: int


@dataclass(frozen=True, slots=True)
class _Readers:
    """The units that read touched headers, and which of them each unit reads.

    `hidden` units belong to tools that are not built. They may read touched headers too, but are too many to
    compile.
    """

    reads: Mapping[str, frozenset[str]]
    commands: tuple[CompileCommand, ...]
    hidden: tuple[CompileCommand, ...]


class Planner:
    """Plans overlays on one graph.

    `headers` reads the graph's units, `base` is the source without a patch, and `release` names the tools
    that come with the archives.
    """

    def __init__(
        self, graph: Graph, headers: Headers, base: Side, options: Options, release: Iterable[str] = ()
    ) -> None:
        self.release = frozenset(release)
        self.graph = graph
        self.headers = headers
        self.base = base
        self.options = options

    def plan(self, touched: Touched, others: Sequence[str]) -> Plan:
        """The plan for these changes. Raises NeedsFullBuildError if it has too many units.

        `others` are changed too; their names say that no build reads them.
        """
        graph, programs = self.graph, self.graph.programs
        touched_sources = {*touched.units, *touched.unit_tests}
        sources = [one for one in graph.objects.values() if one.unit in touched_sources]
        asked = programs.asked(self.options.tools)
        candidates = {*TOOLS, *asked, *self._own(sources)}
        # Files of any name may be included.
        odd = [path for path in others if may_include([path], self.includes)]
        made = TableInputs(graph).touched(touched.tables, (*touched.headers, *odd))
        tables = tuple({one.outputs: one for found in made.values() for one in found}.values())
        # Sources that are only included (rpmalloc's malloc.c), or of a part that is not built.
        loose = [unit for unit in touched.units if unit not in graph.commands]
        plain, generated = (*touched.headers, *odd, *loose), table_headers(tables)
        readers = self._readers(plain, generated, self._inputs(candidates), sources)
        compiled = [*sources, *readers.commands]
        units = {command.unit for command in compiled}
        if len(units) > self.options.max_units:
            raise self._too_many(f"{len(units)}", (*plain, *touched.tables), len(units))
        tools = {*TOOLS, *self._own(sources), *self._linking(asked, compiled)}
        tested = self._inputs(asked or tools)
        lost = [path for path in touched.unit_tests if path not in graph.commands]
        behind = {path: frozenset({path}) for path in (*touched.units, *touched.headers, *lost)}
        for path, found in made.items():
            behind[path] = behind.get(path, frozenset()).union(table_headers(found))
        hidden = self._hidden({**behind, **{path: frozenset({path}) for path in odd}}, readers.hidden, units)
        return Plan(
            tuple(sorted(units)),
            tuple(sorted(tools)),
            tables,
            tuple(made),
            tuple(self._unjudged(behind, sources, readers, tested, hidden)),
            self._stale(tools, [*compiled, *readers.hidden]),
            self._tests(sources),
            {c.unit: tuple(sorted(readers.reads[c.output])) for c in readers.commands},
            tested,
            tuple(f"{path}: {why}" for path, why in hidden.items()),
        )

    # -- which tools

    def _own(self, sources: Iterable[CompileCommand]) -> set[str]:
        """The tools whose own sources are touched."""
        folders = {one.unit.split("/")[2] for one in sources if one.unit.startswith("llvm/tools/")}
        return set(self.graph.programs.asked(folders))

    def _tests(self, sources: Iterable[CompileCommand]) -> dict[str, tuple[str, ...]]:
        """The programs that touched unit tests are linked into."""
        mine = {one.output: one.unit for one in sources if one.unit.startswith(UNIT_TESTS)}
        found = {name: self.graph.programs.inputs(name) & mine.keys() for name in self.graph.programs.tests}
        return {name: tuple(sorted(mine[o] for o in outputs)) for name, outputs in found.items() if outputs}

    def _inputs(self, programs: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*map(self.graph.programs.inputs, programs))

    def _linking(self, programs: Iterable[str], commands: Sequence[CompileCommand]) -> set[str]:
        """The programs that contain one of the units."""
        return {
            one for one in programs if any(goes_into(c, self.graph.programs.inputs(one)) for c in commands)
        }

    def _stale(self, built: Collection[str], commands: Sequence[CompileCommand]) -> tuple[str, ...]:
        """The names of the other programs that contain a touched unit, or may contain one."""
        programs = self.graph.programs
        reached = programs.names(self._linking(programs.lines, commands))
        names = {name for name, real in reached.items() if real not in built}
        if commands:
            names |= programs.unknown(self.release)
        return tuple(sorted(names - CHECKERS))

    # -- who reads a touched header

    def _readers(
        self,
        plain: Sequence[str],
        generated: Sequence[str],
        inputs: frozenset[str],
        sources: Sequence[CompileCommand],
    ) -> _Readers:
        """The readers: over-estimated from the text, then confirmed by the compiler.

        The readers in `inputs` are always confirmed, the others only if they are few. Raises
        NeedsFullBuildError if the first are too many, or if the others are and the options ask for all of
        them.
        """
        if not (plain or generated):
            return _Readers({}, (), ())
        self.headers.workers.progress.step("finding the units that include the touched headers")
        by_unit: dict[str, list[CompileCommand]] = {}
        for one in self.graph.objects.values():
            by_unit.setdefault(one.unit, []).append(one)
        # What is generated is found by -I alone: another target's units, whose computed names may mean
        # anything, do not see it.
        near = {c for unit in may_include(plain, self.includes) for c in by_unit.get(unit, ())}
        near |= {
            command
            for unit in may_include(generated, self.includes)
            for command in by_unit.get(unit, ())
            if is_seen(command, self.graph.build, generated)
        }
        linked = sorted((c for c in near if goes_into(c, inputs)), key=lambda c: c.output)
        far = sorted((c for c in near if not goes_into(c, inputs)), key=lambda c: c.output)
        touched = (*plain, *generated)
        if len(linked) > _ASKED * self.options.max_units:
            raise self._too_many(f"about {len(linked)}", touched, len(linked))
        reads = self._confirmed(linked, touched, sources)
        known = [*sources, *(one for one in linked if one.output in reads)]
        if (found := self._few(far, touched, known)) is not None:
            reads, far = reads | found, []
        elif self.options.all_readers:
            count = len({one.unit for one in (*known, *far)})
            raise self._too_many(f"about {count}", touched, count)
        return _Readers(reads, tuple(c for c in near if c.output in reads), tuple(far))

    def _few(
        self, far: Sequence[CompileCommand], touched: Sequence[str], known: Sequence[CompileCommand]
    ) -> dict[str, frozenset[str]] | None:
        """Which touched headers each unit reads; None if these readers and those `known` are too many."""
        if len(far) > _ASKED * self.options.max_units:
            return None
        try:
            found = self._confirmed(far, touched, known)
        except NeedsFullBuildError:
            return None
        units = {one.unit for one in (*known, *(c for c in far if c.output in found))}
        return found if len(units) <= self.options.max_units else None

    def _confirmed(
        self,
        commands: Sequence[CompileCommand],
        touched: Sequence[str],
        sources: Iterable[CompileCommand] = (),
    ) -> dict[str, frozenset[str]]:
        """The units that read touched headers, by object, with the headers that each reads."""
        # Headers in the build tree are TableGen's: base has each of them.
        present = {h for h in touched if h.startswith(TOP) or (self.base.root / h).exists()}
        # A new header may hide another of its name: whoever may include it counts.
        new = {h: may_include([h], self.includes) for h in touched if h not in present}
        close = {str(Path(h.removeprefix(TOP)).parent).removeprefix("llvm/") for h in touched}
        first = sorted(commands, key=lambda c: str(Path(c.unit).parent).removeprefix("llvm/") not in close)
        sure = {one.unit for one in sources}

        def look(command: CompileCommand, names: frozenset[str]) -> None:
            if present & names:
                sure.add(command.unit)
            if len(sure) > self.options.max_units:
                raise self._too_many(f"more than {self.options.max_units}", touched)

        found = {}
        for command, names in zip(first, self.headers.read(first, self.base, look), strict=True):
            mine = (present & names) | {h for h, files in new.items() if command.unit in files}
            if mine:
                found[command.output] = frozenset(mine)
        return found

    @cached_property
    def includes(self) -> dict[str, tuple[str, ...]]:
        """The names in the include lines of base's sources: thousands of files, so they are read once."""
        return includes_of(self.graph, self.base.root)

    def _too_many(self, count: str, headers: Sequence[str], enough: int = 0) -> NeedsFullBuildError:
        raised = f"--max-units {enough}" if enough else "a higher --max-units"
        error = NeedsFullBuildError(
            f"{count} units include what this series touches (an overlay: {self.options.max_units} at most)",
            f"use {raised}, or --builder full",
            "\n".join(sorted(headers)),
        )
        error.enough = enough
        return error

    # -- what is not judged

    def _unjudged(
        self,
        behind: Mapping[str, frozenset[str]],
        sources: Sequence[CompileCommand],
        readers: _Readers,
        tested: Collection[str],
        hidden: Collection[str],
    ) -> Iterable[str]:
        """What no test can show on base, in words. `behind` maps touched files to units that read them."""
        for path, names in sorted(behind.items()):
            mine = [one for one in sources if one.unit == path]
            mine += [one for one in readers.commands if names & readers.reads[one.output]]
            why = find_unshown(path, mine, tested)
            if why and (mine or path not in hidden):
                yield f"{path}: {why}"

    def _hidden(
        self,
        behind: Mapping[str, frozenset[str]],
        commands: Sequence[CompileCommand],
        compiled: Collection[str],
    ) -> dict[str, str]:
        """For each touched file that `hidden` units may read: why it is not compiled everywhere."""
        if not commands:
            return {}  # what sources include need not be read: that takes as long as linking does
        units = {one.unit for one in commands}
        enough = len(units.union(compiled))
        found = {path: len(units & may_include([*names], self.includes)) for path, names in behind.items()}
        return {
            path: (
                f"{count} {'unit' if count == 1 else 'units'} of tools that no test runs may read it, "
                f"not compiled: --max-units {enough} compiles them"
            )
            for path, count in sorted(found.items())
            if count
        }


def includes_of(graph: Graph, source: Path) -> dict[str, tuple[str, ...]]:
    """The names in the include lines of a source or of a unit that cmake itself writes."""
    found = read_includes(source / "llvm", "llvm/", (*UNIT_SUFFIXES, *HEADER_SUFFIXES), find_included_names)
    for unit in graph.commands:
        if unit.startswith(TOP):
            found[unit] = find_included_names((graph.build / unit.removeprefix(TOP)).read_bytes())
    return found


def find_unshown(path: str, compiled: Collection[CompileCommand], tested: Collection[str]) -> str:
    """Why no test can show the effect of these units or of a file that they read; empty if a test may.

    `tested` is what the tools that tests run are linked from.
    """
    if not compiled:
        if _of_another_host(path):
            return ANOTHER_HOST
        return NO_UNIT if path.endswith(UNIT_SUFFIXES) else NOT_HERE
    return "" if any(goes_into(one, tested) for one in compiled) else NOT_RUN


def is_seen(command: CompileCommand, build: Path, headers: Sequence[str]) -> bool:
    """Whether one of the units' include paths leads to one of these headers of the build tree."""
    places = [
        word.removeprefix(f"-I{build}").strip("/") for word in command.argv if word.startswith(f"-I{build}")
    ]
    return any(h.removeprefix(TOP).startswith(f"{p}/" if p else "") for h in headers for p in places)


def _of_another_host(path: str) -> bool:
    return "/Windows/" in path or path.endswith((".m", ".mm"))

"""Overlay builds: compile what a series touches, link it before a release's archives.

The members of the archives that define the same symbols are then never pulled in. Base and patched are
made of the same units with the same flags, so that the patch is their only difference.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from harness import process
from harness.build.diagnostics import BaseCompileError
from harness.build.graph import CompileCommand, Graph, build_env, configured, graph_key
from harness.build.includes import read_includes
from harness.build.link import archive_of, link_argv, link_error
from harness.build.objects import (
    Compiler,
    Object,
    ReadsMoreError,
    armable,
    missing_headers,
)
from harness.build.plan import (
    HEADER_SUFFIXES,
    TABLE_SUFFIXES,
    UNIT_SUFFIXES,
    classify,
    included_names,
    may_include,
    relevant_changes,
)
from harness.build.request import Built, Change, NeedsFullBuildError, Options, Side
from harness.build.tables import TOP, Table, TableGen, Tables, table_headers, touched_tables
from harness.model import Prebuilt
from harness.progress import Progress
from harness.store import Store, digest

RECIPE = "3"
TOOLS = ("llc", "lli")
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Plan:
    """What every side of an overlay compiles: `units` by path, for which tools; `tables` are the generated
    headers that a side may have to make anew."""

    units: tuple[str, ...]
    tools: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


class Overlay:
    """Overlays over one release's archives, for any number of series at once.

    `changes` are those of all series together: every side compiles the units of all, so one base serves
    all of them.
    """

    kind = "overlay"  # the kind of the store's entries with the tools

    def __init__(
        self,
        store: Store,
        prebuilt: Prebuilt,
        base: Side,
        changes: Iterable[Change],
        options: Options,
        progress: Progress,
    ) -> None:
        self.store = store
        self.prebuilt = prebuilt
        self.base = base
        inert = set(classify(given := tuple(changes)).inert)
        self.changes = tuple(sorted({change for change in given if change.path not in inert}))
        self._inert = tuple(sorted(inert))
        self.options = options
        self.progress = progress
        self._env = build_env(prebuilt)
        self._planned: Plan | None = None
        self._graph_key = graph_key(prebuilt, base.identity, options)

    def build(self, side: Side, changed: Mapping[str, str]) -> Built:
        """The tools of one side. `changed` maps the paths it changes to digests of their content.

        Raises NeedsFullBuildError, CompileError, PatchError (it does not link) or EnvironmentLacksError.
        """
        start = time.monotonic()
        changed, key = self._mine(changed), self.identity(changed)
        cached = self.store.get(self.kind, key)
        entry = cached or self._make(key, side, changed)
        record = json.loads((entry / "build.json").read_text())
        return Built(
            tools={tool: entry / "bin" / tool for tool in record["tools"]},
            units=tuple(record["units"]),
            notes=tuple(record["notes"]),
            identity=key,
            seconds=time.monotonic() - start,
            cached=cached is not None,
            unjudged=tuple(record["unjudged"]),
            stale=tuple(record["stale"]),
        )

    def identity(self, changed: Mapping[str, str]) -> str:
        """What `build` calls the tools of the side with these changes, whether they are built or not."""
        context = [f"{change.kind} {change.path}" for change in self.changes]
        context += [f"tool {tool}" for tool in sorted(self.options.tools)]
        return digest(
            *(RECIPE, self._graph_key, self.options.key, "\n".join(context)),
            *(f"{path}={content}" for path, content in sorted(self._mine(changed).items())),
        )

    def _mine(self, changed: Mapping[str, str]) -> dict[str, str]:
        """Without tests and documentation: no input of the tools, they neither rebuild nor name anything."""
        ours = {change.path for change in self.changes}
        return {path: content for path, content in changed.items() if path in ours}

    def compile(self, side: Side, changed: Mapping[str, str]) -> tuple[str, ...]:
        """Compile what `build` would, and link nothing: the units. Raises what `build` does."""
        with self._configured() as graph:
            plan = self._plan(graph)
            self._objects(graph, plan, side, self._mine(changed))
            return plan.units

    def _make(self, key: str, side: Side, changed: Mapping[str, str]) -> Path:
        with self._configured() as graph:
            plan = self._plan(graph)
            objects = self._objects(graph, plan, side, changed)
            return self.store.make(
                self.kind, key, lambda aside: self._link(graph, plan, side, objects, aside)
            )

    def _configured(self) -> AbstractContextManager[Graph]:
        touched = classify(self.changes)
        if touched.full:
            raise NeedsFullBuildError(
                "an overlay cannot be exact for this series", "use --builder full", "\n".join(touched.full)
            )
        self.store.require_whole("source", self.base.root)
        return configured(
            *(self.store, self.prebuilt, self.base.root, self.base.identity, self.options, self.progress)
        )

    # -- planning

    def _plan(self, graph: Graph) -> Plan:
        """What to compile: the same for all sides, so that it is found out once."""
        self._planned = self._planned or self._new_plan(graph)
        return self._planned

    def _new_plan(self, graph: Graph) -> Plan:
        touched = classify(self.changes)
        own = {path.split("/")[2] for path in touched.units if path.startswith("llvm/tools/")}
        wanted = own | self.options.tools
        there = {tool for tool in wanted if f"llvm/tools/{tool}/{tool}.cpp" in graph.commands}
        tools = tuple(sorted(there.union(TOOLS)))
        linked = {word for tool in tools for word in graph.link_line(tool)}
        lost = sorted(self.options.tools.difference(tools))
        notes = [f"{tool}: not built here, the release's is run" for tool in lost]
        notes += [f"{path}: no input of {', '.join(tools)}" for path in self._inert if _is_code(path)]
        units = {unit for unit in touched.units if _goes_into(graph.commands.get(unit), linked)}
        # Sources that are only included (rpmalloc's malloc.c), or of a part that is not built.
        loose = [unit for unit in touched.units if unit not in graph.commands]
        made = touched_tables(graph, touched.tables) if touched.tables else ()
        if headers := (*touched.headers, *loose, *table_headers(made)):
            units |= self._including(graph, headers, linked)
        notes += [
            f"{unit}: not linked into {', '.join(tools)}" for unit in sorted(set(touched.units) - units)
        ]
        if len(units) > self.options.max_units:
            raise self._too_many(f"{len(units)}", (*touched.headers, *touched.tables))
        return Plan(tuple(sorted(units)), tools, tuple(notes), made)

    def _including(self, graph: Graph, headers: Sequence[str], linked: set[str]) -> set[str]:
        """The units that include a touched header: over-estimated from text, confirmed by the compiler."""
        self.progress.step("finding the units that include the touched headers")
        includes = self._includes
        near = [
            command
            for unit in sorted(may_include(headers, includes))
            if _goes_into(command := graph.commands.get(unit), linked) and command is not None
        ]
        if len(near) > 4 * self.options.max_units:
            raise self._too_many(f"about {len(near)}", headers)
        self._generate(graph, near, self.base)
        compiler = self._compiler(graph)
        # Headers in the build tree are TableGen's: base has each of them.
        present = {h for h in headers if h.startswith(TOP) or (self.base.root / h).exists()}
        # A new header may hide another of its name: whoever may include it counts.
        new = may_include([h for h in headers if h not in present], includes)

        def confirmed(command: CompileCommand) -> bool:
            return command.unit in new or bool(present & compiler.reads(command, self.base))

        kept = self._parallel(confirmed, near, lambda command: command.unit)
        return {command.unit for command, keep in zip(near, kept, strict=True) if keep}

    @cached_property
    def _includes(self) -> dict[str, tuple[str, ...]]:
        """The names in the include lines of the base's sources: thousands of files, read once."""
        return _all_includes(self.base.root / "llvm", "llvm/")

    def _too_many(self, count: str, headers: Sequence[str]) -> NeedsFullBuildError:
        return NeedsFullBuildError(
            f"{count} units include what this series touches (an overlay: {self.options.max_units} at most)",
            "use --builder full",
            "\n".join(sorted(headers)),
        )

    def _generate(self, graph: Graph, commands: Sequence[CompileCommand], side: Side) -> None:
        """Make the generated headers these units include on a side, and no others."""
        compiler = self._compiler(graph)
        pending = list(commands)
        if not pending:
            return
        with graph.alone(self.progress):
            while pending:
                self.progress.step("finding the generated headers that are needed")
                reads = self._parallel(lambda c: compiler.reads(c, side), pending, lambda c: c.unit)
                missing = [
                    missing_headers(command, names, graph.generated)
                    for command, names in zip(pending, reads, strict=True)
                ]
                if wanted := set().union(*missing):
                    graph.generate(wanted, self.progress)
                # A header that did not exist may include others that do not.
                pending = [command for command, names in zip(pending, missing, strict=True) if names]

    # -- compiling

    def _compiler(self, graph: Graph) -> Compiler:
        return Compiler(self.store, self._graph_key, graph.build, self.base, self._env)

    def _objects(self, graph: Graph, plan: Plan, side: Side, changed: Mapping[str, str]) -> dict[str, Object]:
        """Every unit's object on this side, by the name of its file in cmake's own link line."""
        main = [unit for tool in plan.tools for unit in _main_units(graph, tool) if unit not in plan.units]
        compiler = self._compiler(graph)
        units = [graph.commands[unit] for unit in (*plan.units, *main)]
        unpatched = self._base_objects(graph, compiler, units)
        if plan.tables and any(path.endswith(TABLE_SUFFIXES) for path in changed):
            compiler = replace(compiler, tables=(made := self._tables(graph, plan, side, changed)))
            changed = {**changed, **made.digests}
        hiding = self._hiding(graph, changed)
        relevant = {
            command.unit: found
            for command, built in zip(units, unpatched, strict=True)
            if (found := relevant_changes(command.unit, built.dependencies, changed, hiding))
        }
        objects = {built.unit: built for built in unpatched}
        armed = {unit: objects[unit].armed for unit in relevant}
        mine = [command for command in units if command.unit in relevant]
        new = [c for c in mine if not compiler.held(c, relevant[c.unit], armed=armed[c.unit])]
        self._generate(graph, new, side)
        if new:
            self.progress.step(f"compiling {len(new)} units of {side.name}")

        def compile_patched(command: CompileCommand) -> Object:
            unit = command.unit
            while True:
                try:
                    return compiler.compile(command, side, relevant[unit], armed=armed[unit], others=changed)
                except ReadsMoreError as more:
                    # A patched file may include a source that the unpatched unit does not.
                    relevant[unit] |= {path: changed[path] for path in more.paths}

        objects |= {o.unit: o for o in self._parallel(compile_patched, mine, lambda c: c.unit)}
        return {command.output: objects[command.unit] for command in units}

    def _tables(self, graph: Graph, plan: Plan, side: Side, changed: Mapping[str, str]) -> Tables:
        """What TableGen makes of the side's inputs.

        All of base's is there then: a unit of the side may read what none of base's does.
        """
        outputs = [output for table in plan.tables for output in table.outputs]
        with graph.alone(self.progress):
            if missing := [output for output in outputs if not (graph.build / output).exists()]:
                graph.generate(missing, self.progress)
        self.progress.step(f"generating the headers of {side.name} with TableGen")
        tablegen = TableGen(self.store, graph, self._graph_key, self._parallel)
        return tablegen.make(plan.tables, side, changed)

    def _hiding(self, graph: Graph, changed: Mapping[str, str]) -> frozenset[str]:
        """The files that may read a header this side adds, in the place of another or of none."""
        added = [change.path for change in self.changes if change.kind == "added" and change.path in changed]
        if not added:
            return frozenset()
        return may_include(added, self._includes | _all_includes(graph.build, TOP))

    def _base_objects(
        self, graph: Graph, compiler: Compiler, units: Sequence[CompileCommand]
    ) -> list[Object]:
        """The unpatched objects, armed where that compiles.

        Some units name in their assertions what is declared only without NDEBUG; those are not armed on
        either side.
        """

        def held(command: CompileCommand) -> bool:
            return compiler.held(command, {}, armed=self._armed(compiler, command))

        def compile_base(command: CompileCommand) -> Object:
            armed = self._armed(compiler, command)
            try:
                return compiler.compile(command, self.base, {}, armed=armed)
            except BaseCompileError as error:
                if not armed:
                    raise
                compiler.note_unarmable(command, error.detail)
                return compiler.compile(command, self.base, {}, armed=False)

        new = [command for command in units if not held(command)]
        self._generate(graph, new, self.base)
        if new:
            self.progress.step(f"compiling {len(new)} units of {self.base.name}")
        return self._parallel(compile_base, units, lambda c: c.unit)

    def _armed(self, compiler: Compiler, command: CompileCommand) -> bool:
        wanted = armable(command, self.options, self.prebuilt)
        return wanted and not compiler.known_unarmable(command)

    # -- linking

    def _link(self, graph: Graph, plan: Plan, side: Side, objects: Mapping[str, Object], aside: Path) -> None:
        (aside / "bin").mkdir()
        paths = {output: built.path for output, built in objects.items()}
        for tool in plan.tools:
            self.progress.step(f"linking {tool} of {side.name}")
            argv = link_argv(graph.link_line(tool), paths, aside / "bin" / tool, self.prebuilt)
            result = process.run(argv, cwd=graph.build, env=self._env, limits=process.BUILD_LIMITS)
            if not result.ok:
                raise link_error(tool, side, result)
        notes = [*plan.notes]
        unarmed = sorted(o.unit for o in objects.values() if o.unit in plan.units and not o.armed)
        if self.options.assertions and not self.prebuilt.assertions and unarmed:
            notes.append(f"assertions are not armed in {', '.join(unarmed)}: it does not compile so")
        record = {"tools": plan.tools, "units": plan.units, "notes": notes, "unjudged": (), "stale": ()}
        (aside / "build.json").write_text(json.dumps(record, indent=1))

    def _parallel(self, work: Callable[[T], R], items: Sequence[T], name: Callable[[T], str]) -> list[R]:
        """`work` on every item, `jobs` at once, in order; the first error stops the rest."""
        done = itertools.count(1)

        def one(item: T) -> R:
            result = work(item)
            self.progress.tick(next(done), len(items), name(item))
            return result

        with ThreadPoolExecutor(self.options.jobs) as pool:
            futures = [pool.submit(one, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                while not all(future.done() for future in futures):
                    process.kill_all()  # again and again: a thread may just be starting the next program
                    time.sleep(0.05)
                raise


def _is_code(path: str) -> bool:
    return path.endswith((".cpp", ".h", ".c", ".td", ".inc", ".def"))


def _goes_into(command: CompileCommand | None, linked: set[str]) -> bool:
    return command is not None and (command.output in linked or archive_of(command.output) in linked)


def _main_units(graph: Graph, tool: str) -> list[str]:
    """The sources of a tool itself. Those of opt are in a library, which in Debian's build needs Polly's."""
    linked, place = set(graph.link_line(tool)), f"llvm/tools/{tool}/"
    return [
        unit for unit, one in graph.commands.items() if unit.startswith(place) and _goes_into(one, linked)
    ]


def _all_includes(root: Path, prefix: str) -> dict[str, tuple[str, ...]]:
    return read_includes(root, prefix, (*UNIT_SUFFIXES, *HEADER_SUFFIXES), included_names)

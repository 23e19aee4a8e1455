"""Overlay builds: compile what a series touches, link it before a release's archives.

The linker then never pulls in the archive members that define the same symbols. Base and patched are made of
the same units with the same flags, so the patch is their only difference.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from harness.builders.compiled import Compiled
from harness.builders.diagnostics import BaseCompileError
from harness.builders.graph import TOP, CompileCommand, Graph, configure, graph_key, has_unit_tests
from harness.builders.headers import Headers
from harness.builders.includes import read_includes
from harness.builders.link import list_extended_units, list_shipped_archives, own_objects
from harness.builders.linker import RECORD, Linker, read_objects
from harness.builders.objects import Compiler, Object, assertions_digest, needs_own_assertions
from harness.builders.patched import PatchedUnits
from harness.builders.plan import (
    HEADER_SUFFIXES,
    UNIT_SUFFIXES,
    UNIT_TESTS,
    classify,
    find_included_names,
    find_relevant_changes,
    is_prose,
    may_include,
)
from harness.builders.planner import Outlook, Plan, Planner
from harness.builders.request import Built, BuiltObject, NeedsFullBuildError, Options, Side
from harness.builders.same import MOST_AGAIN, Sameness, Text, moves_lines
from harness.builders.tables import TableGen, Tables
from harness.builders.workers import Workers
from harness.llvm import Release
from harness.patch import Change
from harness.progress import Progress
from harness.store import Store, digest

RECIPE = "9"


class Overlay:
    """Overlays over one release's archives, for any number of series at once.

    `changes` are those of all series together. Every side compiles the units of all series, so one base
    serves all of them.
    """

    kind = "overlay"  # the kind of the store's entries with the tools

    def __init__(
        self,
        store: Store,
        release: Release,
        changes: Iterable[Change],
        options: Options,
        progress: Progress,
    ) -> None:
        self.store = store
        self.release = release
        self.prebuilt = release.prebuilt
        self.base = Side.base(release.source)
        inert = set(classify(given := tuple(changes)).inert)
        self.changes = tuple(sorted({change for change in given if change.path not in inert}))
        self._odd = tuple(sorted(path for path in inert if not is_prose(path)))
        if classify(given).unit_tests and has_unit_tests(self.base.root):
            options = replace(options, unit_tests=True)
        self.options = options
        self.progress = progress
        self._workers = Workers(options.jobs, progress)
        self._planner: Planner | None = None
        self._planned: Plan | None = None
        self._refused: NeedsFullBuildError | None = None
        self._graph_key = graph_key(release, options)

    def build(self, side: Side, changed: Mapping[str, str]) -> Built:
        """The tools of one side. `changed` maps the paths it changes to digests of their content.

        Raises NeedsFullBuildError, CompileError, PatchError (it does not link) or EnvironmentLacksError.
        """
        start = time.monotonic()
        key = self.identity(changed)
        cached = self.store.get(self.kind, key)
        entry = cached or self._make(key, side, changed, self.kind)
        record = json.loads((entry / RECORD).read_text())
        tools = {name: entry / "bin" / tool for name, tool in record["tools"].items()}
        if record["of_base"]:
            base = self._base_entry()
            tools |= {name: base / "bin" / tool for name, tool in record["of_base"].items()}
        return Built(
            tools=tools,
            units=tuple(record["units"]),
            notes=tuple(record["notes"]),
            identity=key,
            seconds=time.monotonic() - start,
            cached=cached is not None,
            unjudged=tuple(record["unjudged"]),
            stale=tuple(record["stale"]),
            unit_tests=tuple(record["unit_tests"]),
            same=record["same"],
            objects=read_objects(self.store, entry),
        )

    def objects(self, side: Side, changed: Mapping[str, str]) -> tuple[BuiltObject, ...]:
        """What `build` makes the tools of a side of; nothing is linked. Raises what `build` does."""
        if entry := self.store.get(self.kind, self.identity(changed)):
            return read_objects(self.store, entry)
        made = self.compiled(side, changed).objects
        return tuple(BuiltObject(one.unit, output, one.path) for output, one in made.items())

    def same_text(self, side: Side, changed: Mapping[str, str]) -> Text:
        """Whether the preprocessor's output is the same for base and a side, in every unit that is compiled.

        Stops at the first unit that differs; the units that the side changes come first. Raises
        NeedsFullBuildError.
        """
        changed = self._mine(changed)

        def write(aside: Path) -> None:
            with self._configured() as graph:
                self._require_whole(side)
                differs = self._differing(graph, side, changed)
                plan = None if differs else self._plan(graph)
            unjudged, units = ((*plan.unjudged, *plan.hidden), plan.units) if plan else ((), ())
            record = {"differs": differs, "unjudged": unjudged, "units": units}
            (aside / "text.json").write_text(json.dumps(record))

        entry = self.store.make("same-text", self.identity(changed), write)
        found = json.loads((entry / "text.json").read_text())
        return Text(found["differs"], tuple(found["unjudged"]), tuple(found["units"]))

    def _differing(self, graph: Graph, side: Side, changed: Mapping[str, str]) -> str:
        """The first unit or generated header that differs on a side; empty if none does."""
        compiler = self._compiler(graph)
        same = Sameness(compiler, self.base, side)
        self.progress.step(f"comparing what is compiled of {side.name} with base")

        def differing(commands: Sequence[CompileCommand]) -> str:
            new = [c for c in commands if not compiler.held(c, {}, asserts=self._asserts(compiler, c))]
            self._headers(graph).read(new, self.base)
            for one in commands:
                if not same.texts(one, asserts=self._asserts(compiler, one)):
                    return one.unit
            return ""

        touched = [one for one in graph.objects.values() if one.unit in changed]
        if found := differing(touched):
            return found
        plan = self._plan(graph)
        if any(path in plan.inputs for path in changed):
            made = self._tables(graph, plan, side, changed)
            if made.digests:
                return min(made.digests)
        rest = [c for c in graph.objects.values() if c.unit in plan.units and c.unit not in changed]
        return differing(rest)

    def outlook(self, changed: Mapping[str, str]) -> Outlook:
        """What `build` would do for a side with these changes; nothing is compiled.

        Configures the graph if it is not configured yet. If headers are touched, makes TableGen's headers
        too, to see which units read them. Raises NeedsFullBuildError.
        """
        with self._configured() as graph:
            plan = self._plan(graph)
            compiler, mains = self._compiler(graph), self._mains(graph, plan.tools)
            needed = [c for c in graph.objects.values() if c.unit in plan.units or c.output in mains]
            held = [c for c in needed if compiler.held(c, {}, asserts=self._asserts(compiler, c))]
        base = 0 if self._is_built({}) else len(needed) - len(held)
        return Outlook(plan, base, 0 if self._is_built(changed) else len(plan.units))

    def _is_built(self, changed: Mapping[str, str]) -> bool:
        return self.store.get(self.kind, self.identity(changed)) is not None

    def identity(self, changed: Mapping[str, str]) -> str:
        """What `build` calls the tools of the side with these changes, whether they are built or not."""
        context = [f"{change.kind} {change.path}" for change in self.changes]
        context += [f"tool {tool}" for tool in sorted(self.options.tools)]
        # Of units in no tool that is built, as many are compiled as there is room for.
        context.append(f"at most {self.options.max_units} units, or none: {self.options.all_readers}")
        context += ["with maps of the linker"] if self.options.link_maps else []
        return digest(
            *(RECIPE, assertions_digest(), self._graph_key, self.options.key, "\n".join(context)),
            *(f"{path}={content}" for path, content in sorted(self._mine(changed).items())),
        )

    def _mine(self, changed: Mapping[str, str]) -> dict[str, str]:
        """The changes without tests and documentation, which no build or name depends on."""
        return {path: content for path, content in changed.items() if not is_prose(path)}

    def compiled(self, side: Side, changed: Mapping[str, str]) -> Compiled:
        """What `build` makes the tools of a side of, compiled. Raises what `build` does."""
        with self._configured() as graph:
            plan = self._plan(graph)
            objects = self._objects(graph, plan, side, changed)
            compiler, changed = self._side_compiler(graph, plan, side, self._mine(changed))
            return Compiled(graph, plan, compiler, objects, changed)

    def compile(self, side: Side, changed: Mapping[str, str]) -> tuple[str, ...]:
        """Compile what `build` would, but do not link. Returns the units; raises what `build` does."""
        with self._configured() as graph:
            plan = self._plan(graph)
            self._objects(graph, replace(plan, tools=(), tests={}), side, changed)
            return plan.units

    def _base_entry(self) -> Path:
        """Base's tools. They stay for others, even if this overlay is dropped later."""
        key = self.identity({})
        return self.store.get(Overlay.kind, key) or self._make(key, self.base, {}, Overlay.kind)

    def _make(self, key: str, side: Side, changed: Mapping[str, str], kind: str) -> Path:
        with self._configured() as graph:
            plan = self._plan(graph)
            objects = self._objects(graph, plan, side, changed)
            ours = self._mine(changed)
            same = bool(ours) and self._same_objects(graph, plan, side, ours, objects)
            linker = Linker(graph, plan, self.prebuilt, self.options, self.progress)

            def link(aside: Path) -> None:
                linker.link(side, objects, aside, same=same, whole=not ours)

            # Others ask for base; a patched side's tools are large, and its objects are linked as fast.
            return self.store.make(kind, key, link, stays=bool(ours))

    def _same_objects(
        self,
        graph: Graph,
        plan: Plan,
        side: Side,
        changed: Mapping[str, str],
        objects: Mapping[str, Object],
    ) -> bool:
        """Whether a side's objects equal base's, line numbers aside."""
        compiler = self._compiler(graph)
        touched = [c for c in graph.objects.values() if c.output in objects and objects[c.output].patched]
        pairs = zip(touched, self._base_objects(graph, compiler, touched), strict=True)
        # What TableGen makes would need a compiler of its own here.
        again = len(touched) <= MOST_AGAIN and not any(path in plan.inputs for path in changed)
        moved = again and moves_lines(list(changed), self.base.root, side.root)
        same = Sameness(compiler, self.base, side)
        return all(same.objects(one, base, objects[one.output], moved=moved) for one, base in pairs)

    def _configured(self) -> AbstractContextManager[Graph]:
        touched = classify(self.changes)
        if touched.full:
            raise NeedsFullBuildError(
                "an overlay cannot be exact for this series", "use --builder full", "\n".join(touched.full)
            )
        self._require_whole(self.base)
        return configure(self.store, self.release, self.options, self.progress)

    def _require_whole(self, side: Side) -> None:
        """Check a side's source where the store made it, before anything is compiled of it."""
        if side.root.is_relative_to(self.store.root):
            self.store.require_whole(side.root.parent.name, side.root)

    # -- planning

    def _plan(self, graph: Graph) -> Plan:
        """What to compile. It is the same for all sides, so it is planned once."""
        if self._refused is not None:
            raise self._refused
        if self._planned is None:
            planner = self._planning(graph)
            try:
                self._planned = planner.plan(classify(self.changes), self._odd)
            except NeedsFullBuildError as error:
                self._refused = error
                raise
        return self._planned

    def _planning(self, graph: Graph) -> Planner:
        if self._planner is None:
            release = self.prebuilt.bin.iterdir() if self.prebuilt.bin.is_dir() else ()
            headers, names = self._headers(graph), (path.name for path in release)
            self._planner = Planner(graph, headers, self.base, self.options, names)
        return self._planner

    # -- compiling

    def _compiler(self, graph: Graph) -> Compiler:
        touched = frozenset(change.path for change in self.changes) if self.options.preambles else frozenset()
        return Compiler(self.store, self._graph_key, graph.build, self.base, graph.enclosure, touched=touched)

    def _headers(self, graph: Graph) -> Headers:
        return Headers(graph, self._compiler(graph), self._workers)

    def _mains(self, graph: Graph, programs: Iterable[str]) -> set[str]:
        """The objects that programs need besides what is touched, without other unit tests."""
        kept = (list_shipped_archives(self.prebuilt), list_extended_units(graph, self.prebuilt))
        needed = (one for program in programs for one in own_objects(graph, program, *kept))
        return {one.output for one in needed if not one.unit.startswith(UNIT_TESTS)}

    def _objects(self, graph: Graph, plan: Plan, side: Side, changed: Mapping[str, str]) -> dict[str, Object]:
        """Every unit's object on this side, by the name of its file in cmake's own link line."""
        mains = self._mains(graph, (*plan.tools, *plan.tests))
        units = [c for c in graph.objects.values() if c.unit in plan.units or c.output in mains]
        compiler = self._compiler(graph)
        unpatched = self._base_objects(graph, compiler, units)
        prose = changed.keys() - self._mine(changed).keys()
        compiler, changed = self._side_compiler(graph, plan, side, changed)
        hiding = self._hiding(graph, changed)
        relevant = {
            command.output: found
            for command, built in zip(units, unpatched, strict=True)
            if (found := find_relevant_changes(command.unit, built.dependencies, changed, hiding))
        }
        objects = {command.output: built for command, built in zip(units, unpatched, strict=True)}
        mine = PatchedUnits(compiler, side, changed, prose, relevant, objects, self._workers)
        touched = mine.find_affected([command for command in units if command.output in relevant])
        new = [command for command in touched if not mine.is_held(command)]
        self._headers(graph).read(new, side)
        if new:
            self._require_whole(side)
            self.progress.step(f"compiling {len(new)} units of {side.name}")
        return objects | mine.compile(touched)

    def _side_compiler(
        self, graph: Graph, plan: Plan, side: Side, changed: Mapping[str, str]
    ) -> tuple[Compiler, Mapping[str, str]]:
        """What compiles a side's units, and its changes with those of what TableGen makes of them."""
        compiler = self._compiler(graph)
        if not any(path in plan.inputs for path in changed):
            return compiler, changed
        made = self._tables(graph, plan, side, changed)
        return replace(compiler, tables=made), {**changed, **made.digests}

    def _tables(self, graph: Graph, plan: Plan, side: Side, changed: Mapping[str, str]) -> Tables:
        """What TableGen makes of the side's inputs.

        All of base's headers exist afterwards: a unit of this side may read one that no unit of base reads.
        """
        outputs = [output for table in plan.tables for output in table.outputs]
        with graph.alone(self.progress):
            if missing := [output for output in outputs if not (graph.build / output).exists()]:
                graph.generate(missing, self.progress)
        self.progress.step(f"generating the headers of {side.name} with TableGen")
        tablegen = TableGen(self.store, graph, self._graph_key, self._workers)
        return tablegen.make(plan.tables, side, changed)

    def _hiding(self, graph: Graph, changed: Mapping[str, str]) -> frozenset[str]:
        """The files that may read a header that this side adds, perhaps instead of another one."""
        added = [change.path for change in self.changes if change.kind == "added" and change.path in changed]
        if not added:
            return frozenset()
        made = read_includes(graph.build, TOP, (*UNIT_SUFFIXES, *HEADER_SUFFIXES), find_included_names)
        return may_include(added, self._planning(graph).includes | made)

    def _base_objects(
        self, graph: Graph, compiler: Compiler, units: Sequence[CompileCommand]
    ) -> list[Object]:
        """The unpatched objects, with assertions where that compiles.

        The assertions of some units name what is declared only without NDEBUG. Such a unit has no assertions
        on either side.
        """

        def held(command: CompileCommand) -> bool:
            return compiler.held(command, {}, asserts=self._asserts(compiler, command))

        def compile_base(command: CompileCommand) -> Object:
            asserts = self._asserts(compiler, command)
            try:
                return compiler.compile(command, self.base, {}, asserts=asserts)
            except BaseCompileError as error:
                if not asserts:
                    raise
                compiler.note_without_assertions(command, error.detail)
                return compiler.compile(command, self.base, {}, asserts=False)

        new = [command for command in units if not held(command)]
        self._headers(graph).read(new, self.base)
        if new:
            self.progress.step(f"compiling {len(new)} units of {self.base.name}")
        return self._workers.each(compile_base, units, lambda c: c.unit)

    def _asserts(self, compiler: Compiler, command: CompileCommand) -> bool:
        wanted = needs_own_assertions(command, self.options, self.prebuilt)
        return wanted and not compiler.is_known_without_assertions(command)

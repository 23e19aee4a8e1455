"""The tools of one side: linked from its objects, with a record of what they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.builders.graph import Graph
from harness.builders.link import archive_of, link_argv, link_error, list_shipped_archives
from harness.builders.objects import Object
from harness.builders.planner import NOT_RUN, Plan
from harness.builders.request import LINK_MAPS, BuiltObject, Options, Side
from harness.llvm import Prebuilt
from harness.progress import Progress
from harness.store import Store

RECORD = "build.json"
# Why unit tests are compiled and not run.
NOT_ALONE = "compiled, not run: it does not link without other unit tests"


@dataclass(frozen=True, slots=True)
class Linker:
    """Links what a plan names, in a graph's build tree; `extra` are further words for the linker."""

    graph: Graph
    plan: Plan
    prebuilt: Prebuilt
    options: Options
    progress: Progress
    extra: tuple[str, ...] = ()

    def link(
        self, side: Side, objects: Mapping[str, Object], aside: Path, *, same: bool, whole: bool
    ) -> None:
        """Fill `aside` with a side's tools and their record; `same` is as in `Built`.

        A tool that contains nothing the side may have changed is base's tool, unless the side is to be
        `whole`: llc takes 150 MB, and each tool a second or more. Raises PatchError if a tool does not link,
        or EnvironmentLacksError for base.
        """
        (aside / "bin").mkdir()
        if self.options.link_maps and whole:  # base's tools alone are watched, and llc's map has 66 MB
            (aside / LINK_MAPS).mkdir()
        plan, programs = self.plan, self.graph.programs
        paths = {output: built.path for output, built in objects.items()}
        patched = [output for output, built in objects.items() if built.patched]
        mine = plan.tools if whole else self._holding(plan.tools, patched)
        for tool in mine:
            self.progress.step(f"linking {tool} of {side.name}")
            result = self._run(self.graph.link_line(tool), paths, aside / "bin" / tool)
            if not result.ok:
                raise link_error(tool, side, result)
        tests, unjudged = {}, [*self._unjudged(objects), *plan.hidden]
        for program, units in plan.tests.items():
            self.progress.step(f"linking {program} of {side.name}")
            # The touched files alone: hundreds of others are in it, and hardly one needs another.
            line = [w for w in programs.words(program) if not w.endswith(".o") or w in paths]
            name = program.replace("/", "-")
            if self._run(line, paths, aside / "bin" / name).ok:
                tests[program] = name
            else:
                unjudged += [f"{unit}: {NOT_ALONE}" for unit in units]
        record = {
            "tools": {**programs.names(mine), **{name: name for name in tests.values()}},
            "of_base": programs.names(set(plan.tools).difference(mine)),
            "units": plan.units,
            "notes": self._without_assertions(objects),
            "unjudged": unjudged,
            "stale": plan.stale,
            "unit_tests": list(tests),
            "same": same,
            "objects": [[one.unit, output, one.path.parent.name] for output, one in objects.items()],
        }
        (aside / RECORD).write_text(json.dumps(record, indent=1))

    def _unjudged(self, objects: Mapping[str, Object]) -> Iterator[str]:
        """What no test can show on this side, which may read more headers than base."""
        for line in self.plan.unjudged:
            path = line.partition(": ")[0]
            readers = {output for output, built in objects.items() if path in built.dependencies}
            if not readers:
                yield line
            elif not self.plan.tested & {*readers, *map(archive_of, readers)}:
                yield f"{path}: {NOT_RUN}"

    def _holding(self, tools: Iterable[str], outputs: Iterable[str]) -> list[str]:
        """The tools that contain one of these objects."""
        found = set(outputs)
        found |= {archive_of(output) for output in found}
        return [tool for tool in tools if self.graph.programs.inputs(tool) & found]

    def _run(self, line: Sequence[str], paths: Mapping[str, Path], out: Path) -> process.Completed:
        argv = link_argv(line, paths, out, self.prebuilt, list_shipped_archives(self.prebuilt))
        argv += self.extra
        if (maps := out.parent.with_name(LINK_MAPS)).is_dir():
            argv.append(f"-Wl,-Map={maps / out.name}")
        # Objects are read by the hundred, out of one folder of the store.
        reads = {self.graph.source, self.graph.build, *(path.parents[1] for path in paths.values())}
        return self.graph.enclosure.fill(argv, out.parents[1], reads, cwd=self.graph.build)

    def _without_assertions(self, objects: Mapping[str, Object]) -> list[str]:
        """The units without assertions; of several series' overlay, only those that the side changes."""
        if not self.options.assertions or self.prebuilt.assertions:
            return []
        built = [one for one in objects.values() if one.unit in self.plan.units]
        mine = [one for one in built if one.patched] or built
        why = {True: "it is C", False: "it does not compile so"}
        units = sorted({one.unit for one in mine if not one.assertions})
        return [f"assertions are not enabled in {unit}: {why[unit.endswith('.c')]}" for unit in units]


def read_objects(store: Store, entry: Path) -> tuple[BuiltObject, ...]:
    """The objects that the tools in an entry of the store were linked of."""
    return tuple(
        BuiltObject(unit, output, store.path("object", key) / "unit.o")
        for unit, output, key in json.loads((entry / RECORD).read_text())["objects"]
    )

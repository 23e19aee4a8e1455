"""Full builds: cmake, ninja and ccache on the whole source, where an overlay cannot be exact."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.depfile import outside
from harness.builders.diagnostics import compile_diagnostics
from harness.builders.graph import (
    CompileCommand,
    Graph,
    common_flags,
    read_config,
)
from harness.builders.jail import Enclosure, enclosure, find_missing, require_own
from harness.builders.link import loader_options
from harness.builders.ninja import READ, count_steps, list_linked_programs, run_cmake, run_ninja
from harness.builders.pace import estimate, pace
from harness.builders.plan import BUILT, HEADER_SUFFIXES, TABLE_SUFFIXES, TABLEGEN, UNIT_SUFFIXES, may_include
from harness.builders.planner import find_unshown, includes_of, is_seen
from harness.builders.programs import Programs
from harness.builders.request import CHECKERS, Built, CompileError, Options, Side
from harness.builders.tables import TableInputs, table_headers
from harness.errors import EnvironmentLacksError
from harness.llvm import Prebuilt, Release
from harness.patch import Change
from harness.process.jail import machine_paths
from harness.progress import Progress
from harness.store import Store, digest

RECIPE = "3"
TOOLS = ("llc", "lli")


@dataclass(frozen=True, slots=True)
class Full:
    """Builds `llc`, `lli` and the tools that the options name, and compiles everything in them.

    Compiles the rest of LLVM too where it is touched, or may read a touched header. The targets are the
    host's and those that `changes`, of the series to come, are about. LLVM's own option enables assertions
    everywhere. TableGen is the prebuilt one unless its source is changed. A killed build continues where it
    stopped; ccache serves what another side has compiled.
    """

    store: Store
    release: Release
    changes: tuple[Change, ...]
    options: Options
    progress: Progress

    @property
    def prebuilt(self) -> Prebuilt:
        """The archives and the compiler of the release."""
        return self.release.prebuilt

    def build(self, side: Side, changed: Mapping[str, str]) -> Built:
        """The tools of one side. Raises CompileError or EnvironmentLacksError."""
        start = time.monotonic()
        flags = self._flags([change.path for change in self.changes])
        key = digest(
            *(RECIPE, self.prebuilt.identity, self.release.source.identity, side.identity, *flags),
            *sorted(self.options.tools),
        )
        cached = self.store.get("full", key)
        entry = cached or self.store.make("full", key, lambda aside: self._make(key, side, flags, aside))
        record = json.loads((entry / "build.json").read_text())
        return Built(
            tools={name: entry / "bin" / tool for name, tool in record["tools"].items()},
            units=(),
            notes=("full build",),
            identity=key,
            seconds=time.monotonic() - start,
            cached=cached is not None,
            unjudged=tuple(record["unjudged"]),
            stale=tuple(record["stale"]),
        )

    def _make(self, key: str, side: Side, flags: list[str], aside: Path) -> None:
        is_base = side.identity == self.release.source.identity
        with self.store.workspace("full-build", key) as home:
            # ccache hashes paths below its base directory as relative ones: ../src/llvm on every side.
            source = home / "src"
            if not (home / "copied").exists():
                self._copy(side, source)
                (home / "copied").touch()
            build, how = home / "build", self._enclosure(home, is_base=is_base)
            if not (home / "configured").exists():
                self.progress.step(f"configuring a full build of {side.name}")
                run_cmake(how, source, build, flags)
                (home / "configured").touch()
            require_own(build, READ)
            programs = list_linked_programs(how, build)
            asked = programs.asked(self.options.tools)
            tools = sorted(asked.union(TOOLS))
            graph = Graph(build, source, how, self.options, nullcontext)
            # Units of tools that no test runs have to compile too; base's are known to.
            reached = {} if is_base else self._reached(graph)
            targets = [*tools, *sorted({one.output for units in reached.values() for one in units})]
            steps = count_steps(how, source, build, targets)
            takes = estimate(steps, pace(self.store), self.options.jobs)
            self.progress.step(f"building all of LLVM for {side.name}: {steps:,} steps of ninja, {takes}")
            try:
                run_ninja(how, source, build, targets, self.options.jobs, self.progress)
            except EnvironmentLacksError as error:
                if side.name == "base" or (failure := _compile_error(side, error, source)) is None:
                    raise
                raise failure from error
            require_own(build, (f"bin/{tool}" for tool in tools))
            (aside / "bin").mkdir()
            for tool in tools:
                shutil.copy2(build / "bin" / tool, aside / "bin" / tool)
            tested = frozenset[str]().union(*map(programs.inputs, asked or tools))
            lost = {
                path: find_unshown(path, units, tested)
                for path, units in reached.items()
                if (source / path).exists()
            }
            unjudged = [f"{path}: {why}" for path, why in lost.items() if why]
            record = {**self._record(programs, tools), "unjudged": unjudged}
            (aside / "build.json").write_text(json.dumps(record, indent=1))
        shutil.rmtree(self.store.path("full-build", key), ignore_errors=True)

    def _record(self, programs: Programs, tools: Sequence[str]) -> dict[str, object]:
        """The tools by all their names, and those that are not built, which any change may reach."""
        names = {name: tool for name, tool in programs.names(tools).items() if name not in CHECKERS}
        release = self.prebuilt.bin.iterdir() if self.prebuilt.bin.is_dir() else ()
        others = {*programs.names(programs.lines), *programs.unknown(path.name for path in release)}
        return {"tools": names, "stale": sorted(others.difference(names, CHECKERS))}

    def _reached(self, graph: Graph) -> dict[str, tuple[CompileCommand, ...]]:
        """For each changed file: the unit that it is, or the units that may read it (a header or table)."""
        includes, kinds = includes_of(graph, graph.source), (*UNIT_SUFFIXES, *HEADER_SUFFIXES)
        paths = sorted(one.path for one in self.changes if one.path.startswith(BUILT))
        tables = [path for path in paths if path.endswith(TABLE_SUFFIXES)]
        made = TableInputs(graph).touched(tables, [path for path in paths if path not in tables])
        found = {}
        for path in (path for path in paths if path.endswith(kinds) or path in made):
            plain = [path] if path.endswith(kinds) else []
            generated = table_headers(made.get(path, ()))
            near = {*plain, *may_include(plain, includes)}
            far = may_include(generated, includes)
            found[path] = tuple(
                one
                for one in graph.objects.values()
                if one.unit in near or (one.unit in far and is_seen(one, graph.build, generated))
            )
        return found

    def _copy(self, side: Side, source: Path) -> None:
        """The side's files, without LLVM's tests: cmake runs what a patch brings, which may write to them."""
        self.progress.step(f"copying the source of {side.name}")
        if side.root.is_relative_to(self.store.root):
            self.store.require_whole(side.root.parent.name, side.root)
        shutil.rmtree(source, ignore_errors=True)
        llvm = str(side.root / "llvm")
        shutil.copytree(
            side.root, source, symlinks=True, ignore=lambda folder, _: ["test"] if folder == llvm else []
        )

    def _enclosure(self, home: Path, *, is_base: bool) -> Enclosure:
        """How a full build is started. What a patch brings may write to no cache that others read.

        So base's builds alone fill ccache's folder; those of patches find there what base has compiled.
        """
        self.store.note_use("ccache", "")
        cache = self.store.root / "ccache"
        cache.mkdir(parents=True, exist_ok=True)
        how = enclosure(self.prebuilt)
        reads_alone = {"CCACHE_READONLY": "1", "CCACHE_NOSTATS": "1"}
        variables = {
            "CCACHE_DIR": str(cache),
            # Versions of the harness without jails let patches fill it: what is there of these is not found.
            "CCACHE_NAMESPACE": "base",
            "CCACHE_TEMPDIR": str(home / "tmp"),
            "CCACHE_NOHASHDIR": "1",
            "CCACHE_MAXSIZE": "10G",
            "CCACHE_BASEDIR": str(home),
            **({} if is_base else reads_alone),
        }
        places = {"writes": (cache,)} if is_base else {"reads": (*how.reads, cache)}
        return replace(how, variables=(*how.variables, *variables.items()), **places)

    def _flags(self, changed: Sequence[str]) -> list[str]:
        config = read_config(self.prebuilt.prefix)
        targets = {config.get("LLVM_NATIVE_ARCH", "X86")}
        targets |= {path.split("/")[3] for path in changed if path.startswith("llvm/lib/Target/")}
        built = config["LLVM_TARGETS_TO_BUILD"].split(";")
        flags = {
            "CMAKE_BUILD_TYPE": "Release",
            "CMAKE_EXPORT_COMPILE_COMMANDS": "ON",
            "CMAKE_C_FLAGS_RELEASE": f"-O{self.options.optimize}",
            "CMAKE_CXX_FLAGS_RELEASE": f"-O{self.options.optimize}",
            "LLVM_ENABLE_ASSERTIONS": "ON" if self.options.assertions else "OFF",
            "LLVM_TARGETS_TO_BUILD": ";".join(sorted(targets & set(built))),
            "LLVM_ENABLE_FFI": "ON" if config.get("LLVM_ENABLE_FFI", "") in {"ON", "TRUE", "1"} else "OFF",
            **common_flags(self.prebuilt),
        }
        if self.prebuilt.tblgen and not any(path.startswith(TABLEGEN) for path in changed):
            flags["LLVM_TABLEGEN"] = str(self.prebuilt.tblgen)
        # Not LLVM_CCACHE_BUILD: it would take the sysroot's ccache, which does not run outside of it.
        own = self.prebuilt.bin / "ccache"
        if (ccache := str(own) if own.exists() else shutil.which("ccache")) is not None:
            flags["CMAKE_C_COMPILER_LAUNCHER"] = flags["CMAKE_CXX_COMPILER_LAUNCHER"] = ccache
        if self.prebuilt.libs is not None:
            flags["CMAKE_BUILD_RPATH"] = str(self.prebuilt.libs)
        if options := loader_options(self.prebuilt):
            flags["CMAKE_EXE_LINKER_FLAGS"] = " ".join(options)
        return [f"-D{name}={value}" for name, value in flags.items()]


def _compile_error(side: Side, error: EnvironmentLacksError, source: Path) -> CompileError | None:
    """What ninja's error says of the side's own source, if it does."""
    diagnostics = compile_diagnostics(error.detail, source)
    if not diagnostics:
        return None
    first = diagnostics[0]
    away = outside(find_missing(error.detail, source), [str(source), *map(str, machine_paths())])
    hidden = "; files outside of LLVM's source and of the system are not there for it" if away else ""
    what = f"{side.name} does not compile: {first.path}:{first.line}: {first.message}"
    failure = CompileError(what, f"mend the patch{hidden}", error.detail)
    failure.diagnostics = diagnostics
    return failure

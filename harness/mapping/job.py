"""Making maps: a release's tools watched, each folder's tests run once on them, what they entered kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.imports import fingerprint
from harness.llvm import Release, Toolchain
from harness.mapping.estimate import Estimating
from harness.mapping.exchange import ELSEWHERE, unpack_shipped
from harness.mapping.folders import MappableFolder, list_folders
from harness.mapping.records import Numbering, number_functions, read_entered
from harness.mapping.tools import WatchedTools, watch_tools
from harness.model import Outcome, TestResult
from harness.process import scratch
from harness.progress import Progress
from harness.reach.map.folder import FolderMap, Origin, WatchedTest
from harness.reach.map.format import UnusableMapError, write_map
from harness.reach.map.store import MappedRelease, Maps
from harness.reach.map.table import FunctionTable
from harness.reach.watch.record import VARIABLE
from harness.reach.watch.values import Watched
from harness.runner import runs
from harness.runner.pool import Pool
from harness.runner.recording import Recording
from harness.runner.selection import SuiteOptions
from harness.runner.tool_names import tools_of_suite
from harness.store import Store, digest

# What decides what is in a map, besides the tools.
_CODE = (
    "harness.runner.worker",
    "harness.runner.runs",
    "harness.reach.watch.make",
    "harness.reach.watch.record",
    "harness.reach.map.format",
)
_NOT_BUILT = "which is not built with the patch"


@dataclass(frozen=True, slots=True)
class MapJob:
    """Which folders of tests to make maps of, on which release."""

    store: Store
    release: Release
    toolchain: Toolchain
    suite_options: SuiteOptions


@dataclass(frozen=True, slots=True)
class MappedFolder:
    """What became of a folder: its tests, of how many of them the reach is unknown and why, the map's bytes.

    `held`: the map was there, made from the same. `seconds` is what it took.
    """

    folder: str
    tests: int
    unknown: Mapping[str, str]
    size: int
    seconds: float
    held: bool


def build(job: MapJob, progress: Progress) -> Iterator[MappedFolder]:
    """Make the maps that are not there yet, folder by folder; each is kept as soon as it is made.

    Raises UsageError if a folder is not there or has no tests, and what linking the tools raises.
    """
    maps = Maps(job.store, MappedRelease.of(job.release))
    unpack_shipped(job.store, maps.release)
    jobs = job.suite_options.jobs
    with Pool(jobs) as pool:
        pool.start()
        folders = list(list_folders(job.suite_options, job.toolchain, job.release.source, pool))
        names = frozenset[str]().union(*(tools_of_suite(one.suite) for one in folders))
        tools = watch_tools(job.store, job.release, job.toolchain, names, jobs, progress)
        for tool, why in tools.unwatchable.items():
            progress.step(f"{tool} cannot be watched, the reach of its tests is unknown: {why}")
        watched = tools.watched.values()
        every = {name for one in watched for function in one.functions for name in function.names}
        table = maps.grow(every, {name for one in watched for name in one.unwatched})
        estimating = Estimating(progress, sum(len(one.tests) for one in folders))
        mapper = _Mapper(maps, tools, table, number_functions(table, tools.watched), pool, estimating)
        for one in folders:
            with maps.alone(one.name):
                yield mapper.map(one)
            estimating.leave(len(one.tests))


@dataclass(frozen=True, slots=True)
class _Mapper:
    """Maps one folder after the other, on the same tools."""

    maps: Maps
    tools: WatchedTools
    table: FunctionTable
    numbering: Numbering
    pool: Pool
    progress: Progress

    def map(self, folder: MappableFolder) -> MappedFolder:
        """The map of one folder, made unless it is there. The caller holds its lock."""
        begun = time.monotonic()
        made_from = digest(self.tools.noting.identity, folder.shared, folder.how, *fingerprint(*_CODE))
        origin = Origin(
            version=self.maps.release.version,
            release=self.maps.release.identity,
            folder=folder.name,
            suite=folder.shared,
            made_from=made_from,
            functions=len(self.table),
            table=self.table.digest,
        )
        if (held := self._held(folder, made_from)) is not None:
            return held
        tests = self._watch(folder)
        data = write_map(origin, tests)
        self.maps.put(folder.name, data)
        unknown = {test.name: test.unknown for test in tests if test.unknown}
        seconds = time.monotonic() - begun
        return MappedFolder(folder.name, len(tests), unknown, len(data), seconds, held=False)

    def _held(self, folder: MappableFolder, made_from: str) -> MappedFolder | None:
        """The map that is there, if it was made from the same; or elsewhere, of the same tests."""
        try:
            found = self.maps.get(folder.name, self.table)
        except UnusableMapError as error:
            self.progress.step(f"{error.what}; it is made again")
            return None
        if found is None:
            return None
        if found.origin.made_from != made_from and not _is_taken_over(found, folder):
            return None
        unknown = {found.tests[at]: why for at, why in found.unknown.items()}
        size = self.maps.file(folder.name).stat().st_size
        return MappedFolder(folder.name, len(found.tests), unknown, size, 0.0, held=True)

    def _watch(self, folder: MappableFolder) -> list[WatchedTest]:
        """What each test of a folder enters."""
        self.progress.step(f"mapping {folder.name}: {len(folder.tests)} tests")
        watched = self.tools.watched
        files = tuple((tool.record, tool.record_size) for tool in watched.values())
        with scratch.folder("reach") as place:
            recording = Recording(VARIABLE, files, str(place))
            suite = replace(folder.suite, recording=recording)
            done = runs.run(self.tools.noting, suite, self.progress, self.pool)
            strange = self._strange(folder, done.results)
            return [
                replace(
                    read_test(result, recording.folder(result.name), watched, self.numbering, strange),
                    content=folder.content(result.name),
                )
                for result in done.results
            ]

    def _strange(self, folder: MappableFolder, results: Sequence[TestResult]) -> dict[str, str]:
        """The tests that do not pass, and end in another way when they are not watched: how they differ."""
        red = {one.name: one for one in results if one.outcome.failed}
        if not red:
            return {}
        self.progress.step(f"running {len(red)} tests of {folder.name} that do not pass again, not watched")
        suite = replace(folder.suite, names=tuple(sorted(red)))
        again = runs.run(self.tools.plain, suite, self.progress, self.pool)
        return {
            one.name: f"{red[one.name].outcome.value} when watched, {one.outcome.value} otherwise"
            for one in again.results
            if one.outcome is not red[one.name].outcome or one.signature != red[one.name].signature
        }


def _is_taken_over(one: FolderMap, folder: MappableFolder) -> bool:
    """Whether a map was made elsewhere, of the same tests: what runs them there does not matter."""
    same = one.origin.suite == folder.shared and one.tests == tuple(sorted(folder.tests))
    contents = tuple(map(folder.content, one.tests)) if same else ()
    return one.origin.made_from.startswith(ELSEWHERE) and same and contents == one.contents


def read_test(
    result: TestResult,
    records: Path,
    tools: Mapping[str, Watched],
    numbering: Numbering,
    strange: Mapping[str, str],
) -> WatchedTest:
    """What one test entered by its records, or why that is unknown; `strange` are those that are."""
    entered, why = read_entered(records, tools, numbering)
    unknown = strange.get(result.name) or _without_answer(result) or why
    if result.outcome.ran and not entered:
        unknown = unknown or "ran no tool that is watched"
    return WatchedTest(result.name, result.outcome, entered, unknown)


def _without_answer(result: TestResult) -> str:
    """Why a test says nothing of what it enters; empty if it ran, or is not for this LLVM."""
    if result.outcome is Outcome.UNRESOLVED:
        first = result.output.partition("\n")[0]
        return first.replace(_NOT_BUILT, "which is not watched") or "did not run"
    return "was stopped at its time limit" if result.outcome is Outcome.TIMEOUT else ""

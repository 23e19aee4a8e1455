"""The map that comes with the harness is there, small, and a sample of it, made again, says the same.

Compared are the outcome of each test and the names of the functions that each tool enters. From run to run
few differ: LLVM hashes addresses, which are others each time, so what compares keys of a hash table is
entered if they collide (ConstantExprKeyType::operator== in one run of two).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.llvm import Release, Toolchain
from harness.mapping.exchange import SHIPPED, ExportedMaps, read_file
from harness.mapping.folders import MappableFolder, list_folders
from harness.mapping.tools import WatchedTools, watch_tools
from harness.model import Outcome
from harness.process import scratch
from harness.progress import Silent
from harness.reach.map.folder import FolderMap
from harness.reach.map.store import MappedRelease
from harness.reach.names import FunctionName
from harness.reach.watch.record import VARIABLE, read_hits
from harness.reach.watch.values import Hits, Watched
from harness.runner import runs
from harness.runner.pool import Pool
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.selection import SuiteOptions, parse_folder
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from harness.toolchain.release import find_release

TOP = Path(__file__).parents[2]
OURS = "lit-tests"
# Tests of llc, opt and llvm-mc that take no time.
SAMPLE = {
    "upstream:CodeGen/X86": ("patchpoint.ll", "ret-mmx.ll", "stackmap.ll"),
    "upstream:Transforms/LoopIdiom": ("basic.ll",),
    "upstream:MC/X86": ("address-size.s",),
}
TOOLS = frozenset({"llc", "opt", "llvm-mc"})
MOST_BYTES = 12_000_000
# How many functions may differ, of thousands that a test enters.
MOST_DIFFERING = 5
# For each tool the functions, as names, that a test entered.
Entered = Mapping[str, frozenset[FunctionName]]


@dataclass(frozen=True)
class Here:
    """The release on this machine, its watched tools, and the maps to compare with."""

    release: Release
    toolchain: Toolchain
    tools: WatchedTools
    maps: ExportedMaps

    def folders(self, options: SuiteOptions) -> list[MappableFolder]:
        """Folders of tests as they are now."""
        with Pool(2) as pool:
            return list(list_folders(options, self.toolchain, self.release.source, pool))

    def map(self, name: str) -> FolderMap | None:
        return next((one for one in self.maps.maps.folders if one.origin.folder == name), None)

    def kept(self, one: FolderMap, test: str) -> tuple[Outcome, Entered]:
        """What the map says of a test."""
        at = one.tests.index(test)
        names = self.maps.maps.table.names
        return one.outcomes[at], {
            tool: frozenset(names(numbers)) for tool, numbers in one.entered_by(at).items()
        }

    def made_again(self, suites: Sequence[Suite]) -> dict[str, tuple[Outcome, Entered]]:
        """What the tests of suites enter now."""
        watched = self.tools.watched
        with scratch.folder("again") as place:
            files = tuple((tool.record, tool.record_size) for tool in watched.values())
            recording = Recording(VARIABLE, files, str(place))
            tasks = [(self.tools.noting, replace(suite, recording=recording)) for suite in suites]
            done = [result for run in runs.run_all(tasks, Silent()) for result in run.results]
            return {one.name: (one.outcome, _read(recording.folder(one.name), watched)) for one in done}


def _read(records: Path, watched: Mapping[str, Watched]) -> Entered:
    found = {}
    for name, tool in watched.items():
        if (records / tool.record).is_file():
            hits = read_hits(records, tool)
            assert isinstance(hits, Hits)
            found[name] = frozenset(one for at in hits.functions for one in tool.functions[at].names)
    return found


@pytest.fixture(name="here", scope="module")
def _here() -> Here:
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), Silent().step)
    release = find_release(store, provider, None, "HEAD", Silent().step)
    mine, toolchain = MappedRelease.of(release), provider.toolchain()
    shipped = read_file(SHIPPED)
    if shipped.release.identity != mine.identity:
        pytest.skip(f"the shipped map is of {shipped.release.provenance}; ship another: make reach-map")
    tools = watch_tools(store, release, toolchain, TOOLS, 2, Silent())
    assert not tools.unwatchable
    return Here(release, toolchain, tools, shipped)


def compare(here: Here, one: FolderMap, suites: Sequence[Suite]) -> None:
    """Hold what a map says of some tests against what they do now."""
    again = here.made_again(suites)
    assert sorted(again) == sorted(name for suite in suites for name in suite.names)
    for name, (outcome, entered) in again.items():
        kept, before = here.kept(one, name)
        assert (name, outcome, sorted(entered)) == (name, kept, sorted(before))
        for tool, functions in entered.items():
            differing = sorted(map(str, functions ^ before[tool]))
            assert len(differing) <= MOST_DIFFERING, (name, tool, differing)
            assert len(functions) > 1000


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlays")
@pytest.mark.parametrize("folder", SAMPLE)
def test_tests_of_llvm_enter_what_the_shipped_map_says(here: Here, folder: str) -> None:
    found = here.map(folder)
    assert found is not None, f"{SHIPPED} has no map of {folder}"
    root = parse_folder(folder)
    some = here.folders(SuiteOptions((), 2, tuple(f"{root}/{name}" for name in SAMPLE[folder])))
    compare(here, found, [one.suite for one in some])


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlays")
def test_tests_of_ours_that_did_not_change_enter_what_the_shipped_map_says(here: Here) -> None:
    found, (mine,) = here.map(OURS), here.folders(SuiteOptions((Suite(TOP / OURS, 2),), 2))
    assert found is not None, f"{SHIPPED} has no map of {OURS}"
    if found.origin.suite != mine.shared:
        pytest.skip(f"what the tests of {OURS} share has changed since: the map of them is not used")
    same = [
        name
        for at, name in enumerate(found.tests)
        if name.startswith("X86/") and at not in found.unknown and name in mine.tests
        if found.outcomes[at] is Outcome.PASS and found.contents[at] == mine.content(name)
    ]
    # Tests change one by one: if hardly one is left, the map is of no use to anybody.
    assert len(same) > 20, "ship another: make reach-map"
    compare(here, found, [replace(mine.suite, names=tuple(same[:: len(same) // 3][:3]))])


def test_the_map_is_there_and_small_and_whole() -> None:
    assert SHIPPED.stat().st_size <= MOST_BYTES
    listed = SHIPPED.with_name("shipped-folders.txt").read_text().splitlines()
    given = read_file(SHIPPED)
    assert sorted(one.origin.folder for one in given.maps.folders) == sorted(listed)
    assert given.release.version.startswith("19.")
    assert sum(len(one.tests) for one in given.maps.folders) > 30_000

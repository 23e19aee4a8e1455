"""Finding the tests that can notice a series.

The functions that it changes come from the objects of both sides, what each test enters from one run of the
suite on watched tools of base, which serves all series of this base.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.builders.choose import Pair
from harness.builders.link import list_shipped_archives
from harness.check.changed import find_change
from harness.check.lines import LineFinder
from harness.check.prepare import Prepared
from harness.check.reached import Division, TestsReached, divide
from harness.check.select import PlannedRuns
from harness.check.watched_base import Runner, WatchedBase, map_suite, watch_base
from harness.llvm import Release, Toolchain
from harness.progress import Progress
from harness.reach.changed.unit import Changed
from harness.reach.map.demangle import demangle
from harness.reach.map.folder import FolderMap
from harness.reach.names import FunctionName
from harness.reach.watch.values import Unwatchable
from harness.report.reach import Reach
from harness.runner.runs import Suite
from harness.store import Store


@dataclass(slots=True)
class ReachFinder:
    """Divides the tests of series. `allowed`: a series may be OK even if no test reaches it.

    `lines` look closer where very many tests enter what a series changes.
    """

    store: Store
    release: Release
    runner: Runner
    progress: Progress
    allowed: bool = False
    lines: LineFinder | None = None
    _bases: dict[str, WatchedBase | Unwatchable] = field(default_factory=dict)
    _maps: dict[tuple[str, Suite], FolderMap] = field(default_factory=dict)

    def __call__(self, one: Prepared, pair: Pair, base: Toolchain, parts: PlannedRuns) -> TestsReached:
        """Which of the tests can notice a series that is built; all, and why, where that is not known."""
        self.progress.step(f"finding the functions that {one.side.name} changes")
        if pair.builder != "overlay":
            return self._unknown("it was built in full")
        prebuilt = self.release.prebuilt
        archives = [
            prebuilt.prefix / "lib" / name.rpartition("/")[2] for name in list_shipped_archives(prebuilt)
        ]
        changed = find_change(pair.base, pair.patched, sorted(archives))
        if changed.everything:
            first = changed.everything[0]
            return self._unknown(f"{first.unit}: {first.why}" if first.unit else first.why)
        if base.identity not in self._bases:
            self.progress.step("making copies of base's tools that note what they enter")
            self._bases[base.identity] = watch_base(self.store, base, pair.base, prebuilt.cc)
        watched = self._bases[base.identity]
        if isinstance(watched, Unwatchable):
            return self._unknown(watched.why)
        wanted = find_watched(changed, watched)
        if isinstance(wanted, str):
            return self._unknown(wanted)
        found = self._divide(watched, wanted, parts)
        names = tuple(sorted(demangle(name.name for name in wanted).values()))
        note = Reach(changed=names, allowed=self.allowed)
        if self.lines is not None:
            found, note = self.lines.narrow(one, base, found, note)
        return TestsReached.of(parts, found, note)

    def _unknown(self, why: str) -> TestsReached:
        return TestsReached(Reach(why=why, allowed=self.allowed))

    def _divide(
        self, watched: WatchedBase, wanted: frozenset[FunctionName], parts: PlannedRuns
    ) -> list[Division]:
        """The tests by whether they enter one of the functions."""
        numbers = set(watched.table.places(wanted).values())
        return [divide(one, [self._map(watched, one.whole)], numbers) for one in parts.all]

    def _map(self, watched: WatchedBase, suite: Suite) -> FolderMap:
        key = watched.toolchain.identity, suite
        if key not in self._maps:
            self.progress.step("running the suite on watched tools of base")
            self._maps[key] = map_suite(self.store, watched, suite, self.runner)
        return self._maps[key]


def find_watched(changed: Changed, watched: WatchedBase) -> frozenset[FunctionName] | str:
    """The functions to look for, or why it cannot be known whether a test enters one.

    A linker makes hidden functions local: a global one of an object is sought under its name in any unit.
    """
    known = frozenset(watched.table) | watched.unwatched.keys()
    in_any = {FunctionName("", one.name) for one in known}
    # A function that is new in these units may take the place of the same one from an archive.
    found = changed.reached_through(known | in_any) | (changed.added & (known | in_any))
    wanted = frozenset(one for one in known if one in found or FunctionName("", one.name) in found)
    for name in sorted(wanted & watched.unwatched.keys()):
        return f"{name} cannot be watched: {watched.unwatched[name]}"
    return wanted

"""Finding the tests that can notice a series.

The functions that it changes come from the objects of both sides; what each test enters from a map of the
release, if there is one of these tests, else from one run on watched tools of base, which serves all series
of this base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.builders.choose import Pair
from harness.check.changed import FindChange, MappedChange, find_mapped, list_functions
from harness.check.hints import Neighbourhood, add_hints
from harness.check.lines import LineFinder, find_changed_places
from harness.check.prepare import Prepared
from harness.check.reached import Division, TestsReached, divide
from harness.check.release_maps import ReleaseMaps
from harness.check.select import PlannedRuns
from harness.check.upstream import UpstreamChoice
from harness.check.watched_base import Runner, WatchedBase, map_suite, watch_base
from harness.llvm import Release, Toolchain
from harness.model import Outcome
from harness.progress import Progress
from harness.reach.changed.unit import Changed
from harness.reach.map.demangle import demangle
from harness.reach.map.folder import FolderMap
from harness.reach.names import FunctionName
from harness.reach.watch.values import Unwatchable
from harness.report.reach import LineReach, Reach
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.store import Store


@dataclass(slots=True)
class ReachFinder:
    """Divides the tests of series. `allowed`: a series may be OK even if no test reaches it.

    `maps` are those of the release, None to ask base alone; `lines` look closer where very many tests enter
    what a series changes.
    """

    store: Store
    release: Release
    runner: Runner
    progress: Progress
    find_change: FindChange
    maps: ReleaseMaps | None = None
    allowed: bool = False
    lines: LineFinder | None = None
    _bases: dict[str, WatchedBase | Unwatchable] = field(default_factory=dict)
    _maps: dict[tuple[str, Suite], FolderMap] = field(default_factory=dict)

    def __call__(
        self,
        one: Prepared,
        pair: Pair,
        base: Toolchain,
        parts: PlannedRuns,
        choice: UpstreamChoice | None = None,
    ) -> TestsReached:
        """Which of the tests can notice a series that is built; all, and why, where that is not known."""
        self.progress.step(f"finding the functions that {one.side.name} changes")
        note = Reach(allowed=self.allowed, upstream=choice.note if choice is not None else None)
        if pair.builder != "overlay":
            return TestsReached(replace(note, why="it was built in full"))
        changed = self.find_change(pair.base, pair.patched)
        if changed.everything:
            first = changed.everything[0]
            return TestsReached(replace(note, why=f"{first.unit}: {first.why}" if first.unit else first.why))
        return _Dividing(self, one, pair, base, changed).divide(parts, note, choice)

    def watch(self, pair: Pair, base: Toolchain) -> WatchedBase | Unwatchable:
        """Base's tools as watched copies."""
        if base.identity not in self._bases:
            self.progress.step("making copies of base's tools that note what they enter")
            compiler = self.release.prebuilt.cc
            self._bases[base.identity] = watch_base(self.store, base, pair.base, compiler)
        return self._bases[base.identity]

    def map(self, watched: WatchedBase, suite: Suite) -> FolderMap:
        """What the tests of a suite enter of base."""
        key = watched.toolchain.identity, suite
        if key not in self._maps:
            self.progress.step("running the suite on watched tools of base")
            self._maps[key] = map_suite(self.store, watched, suite, self.runner)
        return self._maps[key]


class _UnknownError(Exception):
    """Which tests reach a series cannot be known; the text says why."""


@dataclass(slots=True)
class _Dividing:
    """Divides the tests of one series, which changes this of base."""

    finder: ReachFinder
    one: Prepared
    pair: Pair
    base: Toolchain
    changed: Changed
    _mapped: MappedChange | None = None
    _watched: tuple[WatchedBase, frozenset[int]] | None = None

    def divide(self, parts: PlannedRuns, note: Reach, choice: UpstreamChoice | None) -> TestsReached:
        """The tests by whether they enter what changes. Those of `choice` do by the maps that chose them."""
        chosen = choice.names if choice is not None else frozenset[str]()
        known = choice.outcomes if choice is not None else {}
        try:
            divisions = [self._divide(portion, known) for portion in parts.plain]
            divisions, note = self._narrow(divisions, note, chosen)
            if parts.symlinked is not None and not any(one.reached or one.unknown for one in divisions):
                # Tests as the series leaves them always run. They say something of it only if they reach it.
                divisions.append(brought := self._divide_on_base(parts.symlinked))
                if (said := note.by_lines) is not None:
                    number = len(brought.reached | brought.unknown)
                    note = replace(note, by_lines=replace(said, unsure=said.unsure + number))
        except _UnknownError as why:
            return TestsReached(replace(note, why=str(why)))
        names = demangle(name.name for name in self.changed.functions)
        note = replace(note, changed=tuple(sorted(set(names.values()))))
        found = TestsReached.of(parts, divisions, note, chosen)
        if found.note is None or not found.note.is_none:
            return found
        return replace(found, note=self._add_hints(found.note, parts))

    def _add_hints(self, note: Reach, parts: PlannedRuns) -> Reach:
        """The note on a series that no test reaches, with the places of it and what is near."""
        release, maps = self.finder.release, self.finder.maps
        if note.by_lines is None:
            places = find_changed_places(self.one, release.source.root)
            note = replace(note, by_lines=LineReach(missed=places))
        if maps is None:
            return note
        every = maps.every()
        others = every.table.numbers(list_functions(self.pair.base, self.pair.patched))
        near = Neighbourhood(
            every,
            find_mapped(every.table, self.changed).numbers,
            self.one.content,
            [release.source.root, *dict.fromkeys(portion.whole.tree for portion in parts.plain)],
            frozenset[int]().union(*others.values()),
        )
        return add_hints(note, near)

    def _narrow(
        self, divisions: list[Division], note: Reach, chosen: frozenset[str]
    ) -> tuple[list[Division], Reach]:
        """Where very many tests enter a changed function, those are left that get to a changed line."""
        if self.finder.lines is None:
            return divisions, note
        return self.finder.lines.narrow(self.one, self.base, divisions, note, chosen)

    def _divide(self, portion: Portion, chosen: Mapping[str, Outcome]) -> Division:
        if portion.names and portion.names <= chosen.keys():
            return Division(portion, portion.names, outcomes={name: chosen[name] for name in portion.names})
        maps = self.finder.maps.of(portion) if self.finder.maps is not None else None
        if maps is not None:
            if self._mapped is None:
                self._mapped = find_mapped(maps.table, self.changed)
            if not self._mapped.unmapped:
                return divide(portion, maps.folders, self._mapped.numbers)
        return self._divide_on_base(portion)

    def _divide_on_base(self, portion: Portion) -> Division:
        if self._watched is None:
            watched = self.finder.watch(self.pair, self.base)
            if isinstance(watched, Unwatchable):
                raise _UnknownError(watched.why)
            wanted = find_watched(self.changed, watched)
            if isinstance(wanted, str):
                raise _UnknownError(wanted)
            self._watched = watched, frozenset(watched.table.places(wanted).values())
        watched, numbers = self._watched
        return divide(portion, [self.finder.map(watched, portion.whole)], numbers)


def find_watched(changed: Changed, watched: WatchedBase) -> frozenset[FunctionName] | str:
    """The functions to look for, or why it cannot be known whether a test enters one."""
    known = watched.known
    # A function that is new in these units may take the place of the same one from an archive.
    sought = changed.reached_through(known) | changed.added
    wanted = frozenset(one for name in sought for one in known.find(name))
    for name in sorted(wanted & watched.unwatched.keys()):
        return f"{name} cannot be watched: {watched.unwatched[name]}"
    return wanted

"""LLVM's own tests that can notice a series: chosen before tools are linked, as they say which."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from harness.builders.request import CompiledSide, NeedsFullBuildError
from harness.check.changed import FindChange, find_mapped
from harness.check.prepare import Prepared
from harness.check.release_maps import ReleaseMaps
from harness.check.sample import LeftOutTests
from harness.errors import HarnessError
from harness.model import Outcome
from harness.progress import Progress
from harness.reach.map.nearest import find_nearest
from harness.report.reach import UpstreamReach
from harness.runner import llvm_tests
from harness.runner.runs import Suite
from harness.runner.selection import Portion, Selection, SuiteOptions, list_with_text
from harness.runner.tool_names import tools_of_suite


@dataclass(frozen=True, slots=True)
class UpstreamChoice:
    """LLVM's own tests to run on both sides of a series, and what the report says of them.

    `tools` are those of LLVM's that they name. `left` are those that cannot notice the series.
    `failure` is what keeps the series from being compiled. `outcomes` is what the tests did on the release.
    """

    note: UpstreamReach
    portion: Portion | None = None
    tools: frozenset[str] = frozenset()
    left: LeftOutTests | None = None
    failure: HarnessError | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """The names of the tests."""
        return self.portion.names if self.portion is not None else frozenset()

    def add_to(self, selected: Selection) -> Selection:
        """What is selected for all series, and these tests."""
        if self.portion is None:
            return selected
        return replace(selected, llvm_tests=(*selected.llvm_tests, self.portion))


@dataclass(frozen=True, slots=True)
class UpstreamChooser:
    """Chooses among the tests that have a map and that the options leave, without those `selected` anyway.

    `compile` makes the objects of both sides.
    """

    compile: Callable[[Prepared], tuple[CompiledSide, CompiledSide]]
    find_change: FindChange
    maps: ReleaseMaps
    options: SuiteOptions
    selected: Selection
    progress: Progress

    def choose(self, one: Prepared) -> UpstreamChoice:
        """The tests that enter what a series changes, the nearest of them.

        A series that does not compile is not compiled again.
        """
        self.progress.step(f"finding LLVM's own tests that reach {one.side.name}")
        try:
            base, patched = self.compile(one)
        except NeedsFullBuildError:
            return UpstreamChoice(UpstreamReach(why="it is built in full"))
        except HarnessError as error:
            return UpstreamChoice(UpstreamReach(why=error.what), failure=error)
        maps = self.maps.upstream().maps
        changed = self.find_change(base, patched)
        mapped = find_mapped(maps.table, changed)
        everything = bool(changed.everything or mapped.unmapped)
        already = frozenset[str]().union(*(portion.names for portion in self.selected.llvm_tests))
        names = self._leave(self.maps.upstream_names(), already)
        found = [test.name for test in find_nearest(maps, mapped.numbers, one.content) if test.name in names]
        ran = [
            (one.tests[at], outcome, at in one.unknown)
            for one in maps.folders
            for at, outcome in enumerate(one.outcomes)
            if one.tests[at] in names
        ]
        reached = frozenset(found)
        runs = [(name, unknown) for name, outcome, unknown in ran if outcome is not Outcome.UNSUPPORTED]
        unsure = frozenset(name for name, unknown in runs if name not in reached and (everything or unknown))
        left = tuple(name for name, _ in runs if name not in reached and name not in unsure)
        chosen = found[: self.options.most]
        note = UpstreamReach(len(runs), len(found), len(chosen), len(unsure))
        suite = self._suite(chosen) if chosen or left else None
        if suite is None:
            return UpstreamChoice(note)
        others = LeftOutTests(replace(suite, inputs=(), names=()), left)
        if not chosen:
            return UpstreamChoice(note, left=others)
        portion = Portion(suite, suite, frozenset(chosen))
        outcomes = {name: outcome for name, outcome, _ in ran if name in portion.names}
        return UpstreamChoice(note, portion, tools_of_suite(suite), others, outcomes=outcomes)

    def _leave(self, names: Collection[str], already: Collection[str]) -> frozenset[str]:
        """Those of the tests that the options leave, and that are not selected already."""
        root, pattern = self.maps.release.source.root, self.options.pattern
        left = [name for name in names if name not in already and re.search(pattern, name)]
        return frozenset(list_with_text(root, left, self.options.text))

    def _suite(self, names: Collection[str]) -> Suite:
        source = self.maps.release.source
        suite = llvm_tests.suite(
            self.maps.toolchain, source.root, sorted(names), jobs=self.options.jobs, identity=source.identity
        )
        return replace(suite, names=tuple(sorted(names)))

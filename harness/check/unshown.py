"""A series that no test shows: whether any test gets to a line that it changes.

If a test ends in another way or its tools write something else, it got to the change. If none does, it may
be that all enter a changed function and none gets to the changed line. Then the tests that ran say nothing of
the series, and the result is not OK.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.builders.choose import Pair
from harness.check.changed import FindChange, find_mapped
from harness.check.evidence import describe_unseen
from harness.check.hints import Neighbourhood, add_hints
from harness.check.lines import EnteringTests, LineFinder
from harness.check.prepare import Prepared
from harness.check.release_maps import ReleaseMaps
from harness.llvm import Toolchain
from harness.model import Run, SeriesKind
from harness.report.reach import Reach
from harness.report.record import Result, SeriesReport
from harness.runner.selection import Portion


def is_unshown(report: SeriesReport) -> bool:
    """Whether a series is OK though no test shows it, and lines may tell more.

    The score of mutants does not rest on what is OK.
    """
    reach = report.reach
    if report.kind is SeriesKind.MUTANT or report.result is not Result.OK or report.comparison is None:
        return False
    if reach is None or reach.is_none or reach.is_proven or report.no_effect is not None:
        return False
    silent = report.silent is not None and report.silent.tests
    return bool(describe_unseen(report.comparison)) and not silent


def list_ran(portions: Sequence[Portion], runs: Sequence[Run]) -> list[EnteringTests]:
    """The tests that ran, by their suites, from base's run of each."""
    return [
        EnteringTests(
            portion.whole,
            {one.name: one.outcome for one in run.results if one.outcome.ran and portion.counts(one.name)},
        )
        for portion, run in zip(portions, runs, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class UnshownFinder:
    """Looks at lines where no test shows a series. `maps` are those of the release."""

    lines: LineFinder
    find_change: FindChange
    maps: ReleaseMaps

    def find(
        self, one: Prepared, pair: Pair, base: Toolchain, ran: Sequence[EnteringTests], note: Reach
    ) -> Reach:
        """What a report says of the reach of a series that no test shows, of those that ran on both sides."""
        number = sum(len(those.outcomes) for those in ran)
        if pair.builder != "overlay" or not number:
            return note
        self.lines.progress.step(f"looking for tests that get to a line which {one.side.name} changes")
        found = self.lines.look(one, base, ran)
        if note.undecided or not note.by_functions:
            note = replace(note, by_functions=number, by_lines=None)
        note = replace(note, undecided=found.why)
        if found.said is None:
            return note
        said = found.said if found.said.tests == number else replace(found.said, missed=())
        if (known := note.by_lines) is not None:
            # Lines ruled out tests before; the places are those that no test of either gets to.
            missed = tuple(place for place in said.missed if place in known.missed)
            said = replace(said, tests=known.tests + said.tests - number, missed=missed)
        if said.unsure and not said.reached:
            some = "1 test executes" if said.unsure == 1 else f"{said.unsure} tests execute"
            return replace(note, by_lines=said, undecided=f"what {some} is not known")
        note = replace(note, by_lines=said)
        return self._add_hints(one, pair, ran, note) if note.is_none else note

    def _add_hints(self, one: Prepared, pair: Pair, ran: Sequence[EnteringTests], note: Reach) -> Reach:
        maps = self.maps.every()
        near = Neighbourhood(
            maps,
            find_mapped(maps.table, self.find_change(pair.base, pair.patched)).numbers,
            one.content,
            [self.maps.release.source.root, *dict.fromkeys(those.suite.tree for those in ran)],
            entering=sorted(name for those in ran for name in those.outcomes),
        )
        return add_hints(note, near)

"""Who builds what a series needs: one overlay for all it can be exact for, a full build for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from harness.build.overlay import Overlay
from harness.build.plan import classify
from harness.build.request import NeedsFullBuildError, Options, Side
from harness.faults import explained
from harness.judge import Build, Judge, Patched, failed
from harness.model import Prebuilt, Series, SeriesKind, Toolchain
from harness.progress import Progress
from harness.report.record import NoEffect, SeriesReport
from harness.source.tree import SourceTree
from harness.store import Store
from harness.suite import choice

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What there is to build with, and how; `builder` is auto, overlay or full."""

    store: Store
    prebuilt: Prebuilt
    source: SourceTree
    options: Options
    builder: str


class Builders:
    """Who builds which series: one overlay for all it can be exact for, a full build for the others."""

    def __init__(self, given: Given, applied: Sequence[Patched], progress: Progress) -> None:
        self.given = given
        self.base = Side("base", given.source.root, given.source.identity)
        self.progress = progress
        self.used: set[str] = set()
        self._shared = self._overlay([one for one in applied if classify(one.changes).shares])

    def report(self, judge: Judge, one: Patched) -> SeriesReport:
        """The verdict on one series, by the builder it needs; by none if it changes nothing."""
        try:
            if one.effect.inert and not _must_show(one.series):
                return self._unchanged(judge, one, NoEffect(one.effect.why, one.effect.meant))
            if one.effect.unit_tests and not _must_show(one.series):
                # Unit tests alone: LLVM's tools are the same on both sides.
                left = choice.reached(judge.chosen, self.base.root, one.content)
                judge = replace(judge, chosen=left)
            return self._first(one, lambda build: judge.report(one, self.base, build))
        except Exception as error:
            # Whatever it is: the other series have a verdict to come, and all of them a report.
            judge.errors.append(explained(error))
            return failed(one.series, judge.errors[-1], one.remarks)

    def tools(self, judge: Judge, one: Patched) -> tuple[Toolchain, Toolchain]:
        """The tools of both sides, by the builder the series needs."""
        return self._first(one, lambda build: judge.tools(one, self.base, build))

    def _unchanged(self, judge: Judge, one: Patched, why: NoEffect) -> SeriesReport:
        """The report on a series whose code is base's: of tests, those that it changes or reaches."""
        alone = SeriesReport(
            *(one.series.name, one.series.title, one.series.kind),
            remarks=one.remarks,
            no_effect=why,
            unjudged=one.effect.unjudged,
        )
        if not one.effect.tests:
            return alone
        overlay = self._overlay([])
        self.used.add("overlay")
        mine = replace(judge, chosen=choice.reached(judge.chosen, self.base.root, one.content))
        found = mine.report(one, self.base, lambda _side, _changed: overlay.build(self.base, {}))
        return replace(found, no_effect=why) if found.error or found.verdicts else alone

    def _first(self, one: Patched, use: Callable[[Build], T]) -> T:
        """What `use` makes of the first builder that is exact. Raises NeedsFullBuildError if none may be."""
        if self.given.builder == "full":
            return use(self._full(one))
        touched = classify(one.changes)
        ways = [] if touched.full else [self._overlay([one])]
        if touched.shares:
            ways.insert(0, self._shared)
        reason = NeedsFullBuildError(
            f"{one.series.name}: an overlay cannot be exact for it",
            "use --builder full",
            "\n".join(touched.full),
        )
        for overlay in ways:
            try:
                made = use(overlay.build)
            except NeedsFullBuildError as error:
                reason = error
                continue
            self.used.add("overlay")
            return made
        if self.given.builder == "overlay":
            raise reason
        self.progress.step(f"{one.series.name} needs a full build: {'; '.join(reason.detail.splitlines())}")
        return use(self._full(one))

    def _overlay(self, series: Sequence[Patched]) -> Overlay:
        changes = [change for one in series for change in one.changes]
        options = self._options(series)
        return Overlay(
            *(self.given.store, self.given.prebuilt, self.base),
            *(changes, options, self.progress),
        )

    def _full(self, one: Patched) -> Build:
        from harness.build.full import Full

        self.used.add("full")
        options = self._options([one])
        full = Full(
            *(self.given.store, self.given.prebuilt, self.base),
            *(one.changes, options, self.progress),
        )
        return full.build

    def _options(self, series: Sequence[Patched]) -> Options:
        """The job's, with the tools that the tests of these series need."""
        tools = self.given.options.tools.union(*(one.tools for one in series))
        return replace(self.given.options, tools=tools)


def _must_show(series: Series) -> bool:
    """Whether a series says of tests what it does to them, or is a mistake that tests have to notice."""
    return bool(series.claims) or series.kind is SeriesKind.MUTANT

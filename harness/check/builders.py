"""Who builds what a series needs: one overlay for all it can be exact for, a full build for the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from harness.builders.overlay import Overlay
from harness.builders.parts import listed
from harness.builders.plan import classify
from harness.builders.request import Built, NeedsFullBuildError, Options, Side
from harness.check.judge import Build, Judge
from harness.check.prepare import Patched, Same, failed
from harness.faults import explained
from harness.llvm import Release, Toolchain
from harness.progress import Progress
from harness.report.record import SeriesReport
from harness.runner import choice
from harness.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What there is to build with, and how; `builder` is auto, overlay or full."""

    store: Store
    release: Release
    options: Options
    builder: str


class Builders:
    """Who builds which series: one overlay for all it can be exact for, a full build for the others."""

    def __init__(self, given: Given, applied: Sequence[Patched], progress: Progress) -> None:
        self.given = given
        self.base = Side.base(given.release.source)
        self.progress = progress
        self.used: set[str] = set()
        # Why a series is built in full, by its side's identity.
        self.told: dict[str, str] = {}
        self._alone = len(applied) == 1
        self._owned: dict[str, Overlay] = {}
        self._nothing = self._overlay([])
        self._shared = self._overlay([one for one in applied if classify(one.changes).shares])

    def report(self, judge: Judge, one: Patched) -> SeriesReport:
        """The verdict on one series, by the builder it needs; by none if it changes nothing."""
        try:
            if (same := self._same(one)) is not None:
                return judge.report(one, self.base, self._of_base, same)
            if one.effect.unit_tests and not one.must_show:
                # Unit tests alone: LLVM's tools are the same on both sides.
                left = choice.reached(judge.chosen, self.base.root, one.content)
                judge = replace(judge, chosen=left)
            found = self._first(one, lambda build: judge.report(one, self.base, build))
            told = [self.told[one.side.identity]] if one.side.identity in self.told else []
            return replace(found, remarks=(*found.remarks, *told))
        except Exception as error:
            # Whatever it is: the other series have a verdict to come, and all of them a report.
            judge.errors.append(explained(error))
            return failed(one.series, judge.errors[-1], one.remarks)

    def tools(self, judge: Judge, one: Patched) -> tuple[Toolchain, Toolchain]:
        """The tools of both sides, by the builder the series needs."""
        return self._first(one, lambda build: judge.tools(one, self.base, build))

    def _same(self, one: Patched) -> Same | None:
        """That base and patched are the same code, if one can tell without compiling any of it."""
        if one.must_show:
            return None
        if one.effect.inert:
            return Same(one.effect.why, one.effect.unjudged)
        if self.given.builder == "full" or classify(one.changes).full:
            return None
        overlay = self._shared if self._alone and classify(one.changes).shares else self._own(one)
        try:
            text = overlay.same_text(one.side, one.content)
        except NeedsFullBuildError:
            return None
        if text.differs:
            return None
        lost = one.told(text.unjudged)
        unjudged = (*one.seeming(text.units), *lost)
        return Same("what is compiled is the same", unjudged, whole=not lost)

    def _of_base(self, _side: Side, _changed: Mapping[str, str]) -> Built:
        """Base's tools, for both sides."""
        self.used.add("overlay")
        return self._nothing.build(self.base, {})

    def _first(self, one: Patched, use: Callable[[Build], T]) -> T:
        """What `use` makes of the first builder that is exact. Raises NeedsFullBuildError if none may be."""
        if self.given.builder == "full":
            return use(self._full(one))
        touched = classify(one.changes)
        ways = [] if touched.full else [self._own(one)]
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
        self.told[one.side.identity] = why = needs_full(reason)
        self.progress.step(f"{one.series.name} {why}")
        return use(self._full(one))

    def _own(self, one: Patched) -> Overlay:
        """An overlay for one series alone; what it finds out it does once."""
        return self._owned.setdefault(one.side.identity, self._overlay([one]))

    def _overlay(self, series: Sequence[Patched]) -> Overlay:
        changes = [change for one in series for change in one.changes]
        # What is hidden because several series together touch too many units one alone may have room for.
        options = replace(options_for(self.given.options, series), all_readers=len(series) > 1)
        return Overlay(self.given.store, self.given.release, changes, options, self.progress)

    def _full(self, one: Patched) -> Build:
        from harness.builders.full import Full

        self.used.add("full")
        options = options_for(self.given.options, [one])
        return Full(self.given.store, self.given.release, one.changes, options, self.progress).build


def options_for(options: Options, series: Sequence[Patched]) -> Options:
    """The job's, with the tools that the tests of these series need."""
    return replace(options, tools=options.tools.union(*(one.tools for one in series)))


def needs_full(reason: NeedsFullBuildError) -> str:
    """Why a series is built in full, which files make it so, and what would avoid it."""
    files = listed(reason.detail.splitlines())
    if "--max-units" not in reason.next_step:
        return f"needs a full build: {files}"
    raised = f"--max-units {reason.enough}" if reason.enough else "a higher --max-units"
    return f"needs a full build: {reason.what}: {files}; {raised} would avoid it"

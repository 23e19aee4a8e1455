"""Who builds the two sides of a series: an overlay it shares, one of its own, or a full build.

The first builder that can be exact builds both. What keeps a side from being built is a value too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from harness.builders.coverage import CountedUnits, StandIn, compile_counting
from harness.builders.overlay import Overlay
from harness.builders.parts import list_names
from harness.builders.plan import classify
from harness.builders.request import Built, CompiledSide, NeedsFullBuildError, Options, Side
from harness.builders.same import Text
from harness.builders.workers import Workers
from harness.errors import HarnessError
from harness.llvm import CoverageTools, Release
from harness.patch import Change
from harness.progress import Progress, Silent
from harness.store import Store


class Buildable(Protocol):
    """What a builder has to know of a series that was applied to a copy of the source.

    `content` maps the paths it changes to digests of what is there now; `tools` are those that its own tests
    need.
    """

    @property
    def side(self) -> Side:
        """The patched copy."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the series changes in all."""

    @property
    def content(self) -> dict[str, str]:
        """Digests by path."""

    @property
    def tools(self) -> frozenset[str]:
        """Names of LLVM's tools."""


@dataclass(frozen=True, slots=True)
class BuildSetup:
    """What there is to build with, and how; `builder` is auto, overlay or full."""

    store: Store
    release: Release
    options: Options
    builder: str = "auto"

    @property
    def base(self) -> Side:
        """The side without a patch."""
        return Side.base(self.release.source)

    def options_for(self, series: Iterable[Buildable]) -> Options:
        """The options, with the tools that the tests of these series need."""
        return replace(self.options, tools=self.options.tools.union(*(one.tools for one in series)))


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of a series by one builder, `overlay` or `full`; `why` says why it is a full build."""

    base: Built
    patched: Built
    builder: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """What kept a side from being built. `base` is there if it is the patched side.

    `builder` is the one that tried, or `none` if none may.
    """

    error: HarnessError
    builder: str = "none"
    base: Built | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the tools of both sides are called, by the overlay that several series share or by their own."""

    base: str
    patched: str
    shared: bool


class DisposableOverlay(Overlay):
    """An overlay whose tools nothing else uses, so that they can be dropped."""

    kind = "mutant"


class _Builder(Protocol):
    def build(self, side: Side, changed: Mapping[str, str]) -> Built: ...


@dataclass(frozen=True, slots=True)
class _Overlays:
    """Overlays of the same units for the two sides: one and the same unless patched tools are dropped."""

    base: Overlay
    patched: Overlay

    def build(self, side: Side, changed: Mapping[str, str]) -> Built:
        return (self.patched if changed else self.base).build(side, changed)


class Chooser:
    """Builds the series of one call: those that an overlay can serve together share one, and one base.

    `disposable`: the tools with a patch are dropped by whoever asked for them, and are built without a word,
    beside other work.
    """

    def __init__(
        self,
        setup: BuildSetup,
        series: Sequence[Buildable],
        progress: Progress,
        *,
        disposable: bool = False,
    ) -> None:
        self.setup = setup
        self.progress = progress
        self._disposable = disposable
        self._is_alone = len(series) == 1
        self._owned: dict[str, _Overlays] = {}
        self._nothing = self._overlays([])
        self._shared = self._overlays([one for one in series if classify(one.changes).shares])

    def both(self, one: Buildable) -> Pair | BuildFailure:
        """Both sides, by the first builder that can be exact for the series."""
        if self.setup.builder == "full":
            return self._pair(self._full(one), "full", one, "")
        reason = NeedsFullBuildError(
            f"{one.side.name}: an overlay cannot be exact for it",
            "use --builder full",
            "\n".join(classify(one.changes).full),
        )
        for overlays in self._fitting(one):
            try:
                return self._pair(overlays, "overlay", one, "")
            except NeedsFullBuildError as error:
                reason = error
        if self.setup.builder == "overlay":
            return BuildFailure(reason)
        why = describe_full_build(reason)
        self.progress.step(f"{one.side.name} {why}")
        return self._pair(self._full(one), "full", one, why)

    def objects(self, one: Buildable) -> tuple[CompiledSide, CompiledSide]:
        """What the tools of both sides are made of, by the overlay that is exact for it; nothing is linked.

        Raises what keeps them from being compiled, for a series that no overlay builds NeedsFullBuildError.
        """
        reason = NeedsFullBuildError("a full build keeps no objects", "use --builder overlay")
        for overlays in self._fitting(one) if self.setup.builder != "full" else ():
            try:
                base = overlays.base.objects(self.setup.base, {})
                return CompiledSide(base), CompiledSide(overlays.patched.objects(one.side, one.content))
            except NeedsFullBuildError as error:
                reason = error
        raise reason

    def compile_together(self, series: Sequence[Buildable]) -> None:
        """Compile what the overlay that series share is made of, for all of them beside each other.

        A series that touches one unit would keep one processor busy. What does not compile is said by whoever
        asks for it alone.
        """
        mine = [one for one in series if classify(one.changes).shares]
        if len(mine) < 2 or self.setup.builder == "full":
            return
        jobs, (base, patched) = self.setup.options.jobs, (self._shared.base, self._shared.patched)

        def compile_one(one: Buildable) -> None:
            with contextlib.suppress(HarnessError):
                patched.objects(one.side, one.content)

        with contextlib.suppress(HarnessError):
            base.objects(self.setup.base, {})
            Workers(jobs, self.progress).each(compile_one, mine, lambda one: one.side.name)

    def counting(self, one: Buildable, tools: CoverageTools) -> CountedUnits:
        """What a series touches, compiled with it so that it counts, by the overlay that is exact for it.

        Raises what keeps it from being built, for one that no overlay builds NeedsFullBuildError.
        """
        return self._counting(one, lambda both: compile_counting(both.patched, one.side, one.content, tools))

    def counting_base(
        self,
        one: Buildable,
        files: Mapping[str, str],
        tools: CoverageTools,
        stand_in: StandIn | None = None,
    ) -> CountedUnits:
        """The same without the series; `files` of those that it changes are counted."""
        base = self.setup.base
        return self._counting(one, lambda both: compile_counting(both.base, base, files, tools, stand_in))

    def _counting(self, one: Buildable, make: Callable[[_Overlays], CountedUnits]) -> CountedUnits:
        reason = NeedsFullBuildError("a full build counts nothing", "use --builder overlay")
        for overlays in self._fitting(one) if self.setup.builder != "full" else ():
            try:
                return make(overlays)
            except NeedsFullBuildError as error:
                reason = error
        raise reason

    def base_alone(self) -> Pair | BuildFailure:
        """Base's tools for both sides of a series that changes nothing that is compiled."""
        try:
            built = self._nothing.base.build(self.setup.base, {})
        except HarnessError as error:
            return BuildFailure(error, "overlay")
        return Pair(built, built, "overlay")

    def compare_texts(self, one: Buildable) -> Text | None:
        """Whether the preprocessor makes the same of both sides; None if no overlay can tell."""
        touched = classify(one.changes)
        if self.setup.builder == "full" or touched.full:
            return None
        try:
            return self._own(one).base.same_text(one.side, one.content)
        except NeedsFullBuildError:
            return None

    def identities(self, one: Buildable) -> Iterator[Identity]:
        """What the tools of both sides are called, built or not, by each overlay that may fit, best first."""
        for overlays in self._fitting(one):
            tools = overlays.base.identity({}), overlays.patched.identity(one.content)
            yield Identity(*tools, shared=overlays is self._shared)

    def _pair(self, builder: _Builder, name: str, one: Buildable, why: str) -> Pair | BuildFailure:
        """Both sides by one builder. Raises NeedsFullBuildError if an overlay cannot be exact."""
        base: Built | None = None
        try:
            base = builder.build(self.setup.base, {})
            return Pair(base, builder.build(one.side, one.content), name, why)
        except NeedsFullBuildError:
            raise
        except HarnessError as error:
            return BuildFailure(error, name, base, why)

    def _fitting(self, one: Buildable) -> Iterator[_Overlays]:
        """The overlays that may be exact for a series: the shared one, with one base, then its own."""
        touched = classify(one.changes)
        if touched.shares:
            yield self._shared
        if not touched.full and (own := self._own(one)) is not self._shared:
            yield own

    def _own(self, one: Buildable) -> _Overlays:
        """Overlays for one series alone; what they find out they do once."""
        if self._is_alone and classify(one.changes).shares:
            return self._shared
        if one.side.identity not in self._owned:
            self._owned[one.side.identity] = self._overlays([one])
        return self._owned[one.side.identity]

    def _overlays(self, series: Sequence[Buildable]) -> _Overlays:
        changes = [change for one in series for change in one.changes]
        # Several series together may touch too many units to compile all readers; one alone may not.
        # A mutant's report is about the tests that break: it does not list what is not compiled.
        every = len(series) > 1 and not self._disposable
        options = replace(self.setup.options_for(series), all_readers=every)
        common = (self.setup.store, self.setup.release, changes, options)
        base = Overlay(*common, self.progress)
        return _Overlays(base, DisposableOverlay(*common, Silent()) if self._disposable else base)

    def _full(self, one: Buildable) -> _Builder:
        from harness.builders.full import Full

        options = self.setup.options_for([one])
        return Full(self.setup.store, self.setup.release, one.changes, options, self.progress)


def describe_full_build(reason: NeedsFullBuildError) -> str:
    """Why a series is built in full, which files make it so, and what would avoid it."""
    files = list_names(reason.detail.splitlines())
    if "--max-units" not in reason.next_step:
        return f"needs a full build: {files}"
    raised = f"--max-units {reason.enough}" if reason.enough else "a higher --max-units"
    return f"needs a full build: {reason.what}: {files}; {raised} would avoid it"

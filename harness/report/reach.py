"""Which tests can notice a series, as a report says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_FUNCTIONS_SHOWN = 3
_PLACES_SHOWN = 3
_MORE = "--most-upstream N"


@dataclass(frozen=True, slots=True)
class LineReach:
    """How many of the `tests` that were looked at get to a line that a series changes.

    `reached` do; of `unsure` ones it is not known. `missed` are the places of the series that none gets to,
    as `path:line`: of the patched file if lines were added there, else of base.
    """

    tests: int = 0
    reached: int = 0
    unsure: int = 0
    missed: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether it is known that none does."""
        return not (self.reached or self.unsure)

    @property
    def line(self) -> str:
        """The places that no test gets to, in words; empty if there are none, or that is not known."""
        if not self.missed or self.unsure:
            return ""
        more = len(self.missed) - _PLACES_SHOWN
        places = ", ".join(self.missed[:_PLACES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"no test{' that ran' if self.tests else ''} gets to {places}"


def join_reach(parts: Iterable[LineReach]) -> LineReach:
    """What is said of several groups of tests together."""
    first, *others = parts
    for one in others:
        missed = tuple(place for place in first.missed if place in one.missed)
        numbers = first.tests + one.tests, first.reached + one.reached, first.unsure + one.unsure
        first = LineReach(*numbers, missed)
    return first


@dataclass(frozen=True, slots=True)
class UpstreamReach:
    """How many of LLVM's own tests can notice a series, by the maps of the release.

    Of `tests` in all, `reached` enter a function that it changes; the nearest `ran` of these ran on both
    sides. If lines tell, the nearest `nearest` were looked at, and those `ran` that get to a changed line.
    `unknown` others may enter one, and did not run. `why` is there if nothing is known, and none ran.
    """

    tests: int = 0
    reached: int = 0
    ran: int = 0
    unknown: int = 0
    why: str = ""
    nearest: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        if self.why:
            return (f"LLVM's own tests did not run: {self.why}",)
        found = f"reached by {self.reached:,} of LLVM's {self.tests:,} tests; {self._ran}"
        more = (
            f"{self.unknown:,} more of LLVM's tests may reach it and did not run: what they enter is unknown"
        )
        return found, *([more] if self.unknown else [])

    @property
    def _ran(self) -> str:
        """Which of those that are reached ran."""
        if self.nearest:
            those, more, others = "these", "", ""
            if self.nearest < self.reached:
                those = f"the nearest {self.nearest:,}"
                more, others = f" ({_MORE} for more)", f" ({_MORE} for more, --grep TEXT for others)"
            if self.ran:
                return f"{self.ran:,} of {those} may get to a changed line and ran{more}"
            return f"none of {those} gets to a changed line{others}"
        if self.ran < self.reached:
            return f"the nearest {self.ran:,} ran ({_MORE} for more)"
        return "all ran on both sides" if self.reached else "none ran"


@dataclass(frozen=True, slots=True)
class ReachSample:
    """Tests that cannot notice a series and `ran` on both sides all the same; of them `differing` do differ.

    `total` and `total_differing` count all that were sampled of the release so far, these included.
    """

    ran: int
    differing: tuple[str, ...]
    total: int
    total_differing: int

    @property
    def line(self) -> str:
        """The same in words."""
        return (
            f"{self.total_differing:,} of {self.total:,} sampled tests outside the selection differed "
            f"so far, {len(self.differing)} of {self.ran:,} now"
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is red, with what to type; nothing if none differs."""
        return tuple(
            f"the rule of reach is broken: {name} gets to nothing that the series changes, and differs; "
            f"to see it, add {_option_for(name)}"
            for name in self.differing
        )


def _option_for(name: str) -> str:
    """What makes a check run this test on both sides."""
    below = name.removeprefix("llvm/test/")
    which = f"--filter '^{name}$'" if below == name else f"--suite upstream:{below}"
    return f"--all {which}"


@dataclass(frozen=True, slots=True)
class Reach:
    """How many tests can notice a series: those that enter, on base, a `changed` function (as C++ names it).

    Of the suites' tests, `reached` ones ran on both sides, `unreached` ones on base alone; `unknown` of the
    `reached` may enter one or not. `why` is there if nothing is known of any test: all ran on both sides
    then. `allowed`: the series may be OK even if no test reaches it. `upstream` are LLVM's own tests that
    were chosen for the series, if any may be.

    Lines are asked if very many tests enter a changed function, then those of them are `reached` that get to
    a changed line; or if no test shows a difference. `by_functions` tests ran or would have then; `by_lines`
    says how many of them get there, or `undecided` why lines do not tell. If the series has no `by_functions`
    as no test enters it, `by_lines` has its places.

    If no test reaches the series, `nearest` are those that get closest, and `run` is the command of the first
    of them; `nearest_enter`: they enter a changed function, and not only others of its sources. `sample` is
    what a few of the unreached do all the same.
    """

    changed: tuple[str, ...] = ()
    reached: int = 0
    unreached: int = 0
    unknown: int = 0
    why: str = ""
    allowed: bool = False
    by_functions: int = 0
    undecided: str = ""
    upstream: UpstreamReach | None = None
    nearest: tuple[str, ...] = ()
    run: str = ""
    sample: ReachSample | None = None
    by_lines: LineReach | None = None
    nearest_enter: bool = False

    @property
    def is_none(self) -> bool:
        """Whether it is known that no test gets to what the series changes."""
        return not (self._ran or self.why) or self._missed

    @property
    def is_proven(self) -> bool:
        """Whether it is known that a test gets to a changed line."""
        return self.by_lines is not None and self.by_lines.reached > 0

    @property
    def gap(self) -> str:
        """What no test does, if none reaches the series."""
        if self._missed and self.by_lines is not None and self.by_lines.line:
            return self.by_lines.line
        return "no test gets to a changed line" if self._missed else "no test enters what it changes"

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        upstream = self.upstream.lines if self.upstream is not None else ()
        sample = [self.sample.line] if self.sample is not None else []
        if self.why:
            said = f"reach is unknown, all tests ran on both sides: {self.why}"
            return said, *upstream, *self._by_lines, *sample, *self._hints
        number, some = len(self.changed), f", {self.unknown} of them perhaps" if self.unknown else ""
        what = "changes no function that a tool contains"
        if number:
            more = f" and {number - _FUNCTIONS_SHOWN} more" if number > _FUNCTIONS_SHOWN else ""
            names = ", ".join(self.changed[:_FUNCTIONS_SHOWN])
            what = f"changes {number} function{'' if number == 1 else 's'}: {names}{more}"
        tests = self.reached + self.unreached
        suites = f"reached by {self.reached:,} of {tests:,} tests{some}; the others cannot notice it"
        found = [suites] if tests or not upstream else []
        return what, *found, *upstream, *self._by_lines, *sample, *self._hints

    @property
    def _ran(self) -> bool:
        """Whether a test that may enter a changed function ran on both sides."""
        return bool(self.reached or (self.upstream is not None and self.upstream.ran))

    @property
    def _missed(self) -> bool:
        """Whether lines say that no test gets to one that the series changes."""
        return bool(self.by_functions and self.by_lines and self.by_lines.is_none and not self.undecided)

    @property
    def _hints(self) -> tuple[str, ...]:
        if not self.nearest:
            return ()
        enter = "what it changes" if self.nearest_enter else "other functions of its sources"
        found = [f"nearest tests, which enter {enter}: {', '.join(self.nearest)}"]
        return *found, *([f"to begin with: RUN: {self.run}"] if self.run else [])

    @property
    def _by_lines(self) -> tuple[str, ...]:
        if self.undecided:
            return (f"by functions alone: {self.undecided}",)
        found, lines = [], self.by_lines
        if self.by_functions and lines is None:
            found.append(f"by functions {self.by_functions}, by lines {self.reached}")
        elif self.by_functions and lines is not None:
            least = "at least " if lines.tests < self.by_functions else ""
            some = f", {lines.unsure} of them perhaps" if lines.unsure else ""
            number = lines.reached + lines.unsure
            found.append(f"by functions {self.by_functions}, by lines {least}{number}{some}")
        return *found, *([lines.line] if lines is not None and lines.line else [])

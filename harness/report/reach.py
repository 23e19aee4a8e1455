"""Which tests can notice a series, as a report says it."""

from __future__ import annotations

from dataclasses import dataclass

_FUNCTIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class UpstreamReach:
    """How many of LLVM's own tests can notice a series, by the maps of the release.

    Of `tests` in all, `reached` enter a function that it changes; the nearest `ran` of these ran on both
    sides. `unknown` others may enter one, and did not run. `why` is there if nothing is known, and none ran.
    """

    tests: int = 0
    reached: int = 0
    ran: int = 0
    unknown: int = 0
    why: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        if self.why:
            return (f"LLVM's own tests did not run: {self.why}",)
        ran = "all ran on both sides" if self.reached else "none ran"
        if self.ran < self.reached:
            ran = f"the nearest {self.ran:,} ran (--most-upstream N for more)"
        found = f"reached by {self.reached:,} of LLVM's {self.tests:,} tests; {ran}"
        more = (
            f"{self.unknown:,} more of LLVM's tests may reach it and did not run: what they enter is unknown"
        )
        return found, *([more] if self.unknown else [])


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
            f"the rule of reach is broken: {name} enters nothing that the series changes, and differs; "
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
    `reached` may enter one or not. If very many enter one, those of them are `reached` that get to a changed
    line: `by_functions` enter one, or `undecided` says why lines do not tell. `why` is there if nothing is
    known of any test: all ran on both sides then. `allowed`: the series may be OK even if no test reaches it.
    `upstream` are LLVM's own tests that were chosen for the series, if any may be. If no test reaches it,
    `nearest` enter other functions of what it changes, and `run` is the command of the first of them.
    `sample` is what a few of the unreached do all the same.
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

    @property
    def is_none(self) -> bool:
        """Whether it is known that no test enters what the series changes."""
        return not (self.reached or self.why or (self.upstream is not None and self.upstream.reached))

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        upstream = self.upstream.lines if self.upstream is not None else ()
        if self.why:
            return (f"reach is unknown, all tests ran on both sides: {self.why}", *upstream)
        number, some = len(self.changed), f", {self.unknown} of them perhaps" if self.unknown else ""
        what = "changes no function that a tool contains"
        if number:
            more = f" and {number - _FUNCTIONS_SHOWN} more" if number > _FUNCTIONS_SHOWN else ""
            names = ", ".join(self.changed[:_FUNCTIONS_SHOWN])
            what = f"changes {number} function{'' if number == 1 else 's'}: {names}{more}"
        tests = self.reached + self.unreached
        suites = f"reached by {self.reached:,} of {tests:,} tests{some}; the others cannot notice it"
        found = [suites, *self._by_lines] if tests or not upstream else []
        sample = [self.sample.line] if self.sample is not None else []
        return what, *found, *upstream, *sample, *self._hints

    @property
    def _hints(self) -> tuple[str, ...]:
        if not self.nearest:
            return ()
        found = [f"nearest tests, which enter other functions of its sources: {', '.join(self.nearest)}"]
        return *found, *([f"to begin with: RUN: {self.run}"] if self.run else [])

    @property
    def _by_lines(self) -> tuple[str, ...]:
        if self.undecided:
            return (f"by functions alone: {self.undecided}",)
        if not self.by_functions:
            return ()
        return (f"by functions {self.by_functions}, by lines {self.reached}",)

"""Which tests can notice a series, as a report says it."""

from __future__ import annotations

from dataclasses import dataclass

_FUNCTIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """How many tests can notice a series: those that enter, on base, a `changed` function (as C++ names it).

    `reached` tests ran on both sides, `unreached` ones on base alone. `unknown` of the `reached` may enter
    one or not. If very many enter one, those of them are `reached` that get to a changed line: `by_functions`
    enter one, or `undecided` says why lines do not tell. `why` is there if nothing is known of any test: all
    ran on both sides then. `allowed`: the series may be OK even if no test reaches it.
    """

    changed: tuple[str, ...] = ()
    reached: int = 0
    unreached: int = 0
    unknown: int = 0
    why: str = ""
    allowed: bool = False
    by_functions: int = 0
    undecided: str = ""

    @property
    def is_none(self) -> bool:
        """Whether it is known that no test enters what the series changes."""
        return not (self.reached or self.why)

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        if self.why:
            return (f"reach is unknown, all tests ran on both sides: {self.why}",)
        number, some = len(self.changed), f", {self.unknown} of them perhaps" if self.unknown else ""
        what = "changes no function that a tool contains"
        if number:
            more = f" and {number - _FUNCTIONS_SHOWN} more" if number > _FUNCTIONS_SHOWN else ""
            names = ", ".join(self.changed[:_FUNCTIONS_SHOWN])
            what = f"changes {number} function{'' if number == 1 else 's'}: {names}{more}"
        tests = self.reached + self.unreached
        return (
            what,
            f"reached by {self.reached} of {tests} tests{some}; the others cannot notice it",
            *self._by_lines,
        )

    @property
    def _by_lines(self) -> tuple[str, ...]:
        if self.undecided:
            return (f"by functions alone: {self.undecided}",)
        if not self.by_functions:
            return ()
        return (f"by functions {self.by_functions}, by lines {self.reached}",)

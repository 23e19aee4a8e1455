"""What tests do not notice: outputs of tools that differ, though the test passes on both sides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SilentChange:
    """One function of which a tool wrote something else in a test that passes; `function` may be empty.

    `instructions` and `sizes` (bytes) are before and after, None where that is not known; `lines` is how many
    lines differ. `diff` shows them, or the first of them.
    """

    test: str
    tool: str
    place: str
    function: str
    lines: int
    instructions: tuple[int, int] | None = None
    sizes: tuple[int, int] | None = None
    diff: str = ""

    @property
    def title(self) -> str:
        """What and how much: `a.ll: f (llc, stdout): 12 -> 11 instructions, 40 -> 36 bytes`."""
        where = ", ".join(part for part in (self.tool, self.place) if part)
        what = f"{self.test}: {f'{self.function} ' if self.function else ''}({where})"
        said = [
            f"{pair[0]} -> {pair[1]} {unit}"
            for pair, unit in ((self.instructions, "instructions"), (self.sizes, "bytes"))
            if pair is not None
        ]
        return f"{what}: {', '.join(said)}" if said else what


@dataclass(frozen=True, slots=True)
class SilentChanges:
    """The tests that pass on both sides, though their tools write something else.

    `tests` are those that did so again, twice on base and once with the series. `unsteady` are those whose
    output varies by itself; `unchecked` were not run again, being too many. `changes`, smallest first, are
    what differs in `tests`; `more` is how many are not among them.
    """

    tests: tuple[str, ...]
    unsteady: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    changes: tuple[SilentChange, ...] = ()
    more: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """What to say of it in a line each."""
        found = []
        if self.tests:
            option = f"--show-changes {len(self.changes)}"
            found.append(f"{_passing(len(self.tests))} on both sides but the output differs: {option}")
        if number := len(self.unchecked):
            were = "was" if number == 1 else "were"
            found.append(f"{_passing(number)} on both sides but the output differs, and {were} not run again")
        if number := len(self.unsteady):
            tests = "1 test whose output varies" if number == 1 else f"{number} tests whose output varies"
            found.append(f"{tests} from run to run: not compared")
        return tuple(found)

    def left_of(self, shown: int) -> int:
        """How many changes there are besides the first `shown`."""
        return max(len(self.changes) - shown, 0) + self.more


def _passing(number: int) -> str:
    return "1 test passes" if number == 1 else f"{number} tests pass"

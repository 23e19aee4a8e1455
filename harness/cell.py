"""The cells of a matrix as values: what each asks, and what came of it. No I/O here.

A cell is one series, or the suite alone, on one LLVM. A cell with a series runs its tests on base and
patched; the cell of the suite alone on the same LLVM is the base of all series there.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from harness.model import Listed, Outcome, Verdict

SUITE_ROW = "suite"


def label(column: str) -> str:
    """How ids and reports call an LLVM: `llvm-19`, `wheel:0.47`."""
    return f"llvm-{column}" if column[:1].isdigit() else column


class Depth(enum.StrEnum):
    """How far a series is taken on an LLVM: whether it applies, whether it compiles, or to its verdict."""

    PORTS = "ports"
    COMPILES = "compiles"
    VERDICT = "verdict"


class CellState(Listed):
    """What is said of a cell.

    `mark` is its sign in a grid, `style` its colour. `is_red`: the patch or the suite is to blame. `code`
    is the exit code that it asks for. `is_kept`: the same question has the same answer, so it is not asked
    again. `is_good` is whether the cell is as it should be, None if its state does not tell. `ports` to
    `does not compile` are of series on an LLVM that they name none of: they only inform.
    """

    #                  mark style is_red code is_kept is_good
    OK = "ok", "+", "green", False, 0, True, True
    FAILS = "fails", "F", "red", True, 1, True, False
    DOES_NOT_BUILD = "does not apply or build", "B", "red", True, 3, True, False
    UNPROVEN = "unproven", "?", "yellow", True, 1, True, False
    FLAKY = "flaky", "~", "yellow", False, 1, False, None
    ALREADY_FAILING = "already failing on base", "f", "yellow", False, 0, True, False
    PORTS = "ports", "p", "cyan", False, 0, True, True
    COMPILES = "compiles", "c", "cyan", False, 0, True, True
    DOES_NOT_APPLY = "does not apply", "-", "", False, 0, True, False
    DOES_NOT_COMPILE = "does not compile", "x", "", False, 0, True, False
    SKIPPED = "skipped", ".", "", False, 0, False, None
    NO_ANSWER = "no answer", "!", "red", False, 4, False, None

    mark: str
    style: str
    is_red: bool
    code: int
    is_kept: bool
    is_good: bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One question of a matrix.

    `llvm` is the column: `19`, `22`, `trunk`, `wheel:0.47`. `series` is the name of one in patches/ or the
    path of a patch, empty for the suite alone. `suite` names the tests (`lit-tests`, or as `--suite` of
    `harness check`), `target` a folder of them, such as `X86`; empty for all. `assertions`: the overlay is
    built with them. `may_fail` is why the recipe lets it fail; empty if it must not.
    """

    llvm: str
    suite: str = "lit-tests"
    target: str = ""
    series: str = ""
    assertions: bool = True
    depth: Depth = Depth.VERDICT
    may_fail: str = ""

    @property
    def row(self) -> str:
        """Its row of the grid: the series, or the suite; and the target, if it is about one."""
        first = self.series or (SUITE_ROW if self.suite == "lit-tests" else self.suite)
        return f"{first} {self.target}" if self.target else first

    @property
    def column(self) -> str:
        """Its column: the LLVM, and `release` where that is asked for besides assertions."""
        return self.llvm if self.assertions or not self.series else f"{self.llvm} release"

    @property
    def name(self) -> str:
        """How reports name it: `x86-undersized-patchpoint [llvm-19]`, `suite X86 [wheel:0.47]`."""
        return f"{self.row} [{label(self.column)}]"


@dataclass(frozen=True, slots=True)
class CellTest:
    """One test of a cell. `outcome` is with the series, or of the suite alone; `base` is None there.

    `seconds` is the time of its run with the series, or of its only one; `why` a line on what failed.
    """

    __test__ = False  # not a pytest class

    name: str
    outcome: Outcome
    base: Outcome | None = None
    verdict: Verdict | None = None
    seconds: float = 0.0
    why: str = ""

    @property
    def is_red(self) -> bool:
        """Whether it speaks against the series; or against the suite, if that ran alone."""
        if self.verdict is None:
            return self.outcome.is_red
        return self.verdict.red is not None


@dataclass(frozen=True, slots=True)
class CellResult:
    """What came of a cell.

    `key` changes with all that the answer rests on, and is empty if that is not known (a skipped cell).
    `identities` are its parts, such as `toolchain`, `source`, `suite`, `series`, `harness`. `reason` is a
    line on the state, empty for a plain `ok`. `llvm_version` is such as `19.1.7`. `seconds` is wall time,
    `cpu` processor time of the cell; `begun` is when it began, in seconds since 1970. `machine` ran it.
    `worker` is the name of the process there that a cluster gave it to.
    """

    cell: Cell
    state: CellState
    reason: str = ""
    key: str = ""
    identities: dict[str, str] = field(default_factory=dict)
    llvm_version: str = ""
    tests: tuple[CellTest, ...] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    begun: float = 0.0
    machine: str = ""
    worker: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether it is red and the recipe lets it be."""
        return self.state.is_red and bool(self.cell.may_fail)

    @property
    def exit_code(self) -> int:
        """What it asks a matrix to end with."""
        return 0 if self.is_allowed else self.state.code

    @property
    def text(self) -> str:
        """The state and why: `fails: 2 tests regressed (allowed: fails since 2019)`."""
        allowed = f" (allowed: {self.cell.may_fail})" if self.is_allowed else ""
        return f"{self.state.value}{f': {self.reason}' if self.reason else ''}{allowed}"

"""What a matrix found: its values, and their JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.cell import Cell, CellResult, CellState, Depth
from harness.report import wire

# Whether a series does there what it says; or that it does not get so far.
_JUDGED = frozenset(
    {CellState.OK, CellState.FAILS, CellState.DOES_NOT_BUILD, CellState.UNPROVEN, CellState.FLAKY}
) | {CellState.ALREADY_FAILING}


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that came to something else than in the run before; `before` is empty for a new cell."""

    name: str
    before: str
    after: str
    is_worse: bool


@dataclass(frozen=True, slots=True)
class MatrixReport:
    """One run of a matrix: every cell's result, in the order of the recipe.

    `known` is how many answers an earlier run gave, with the same identities. `changes` are against the last
    recorded run, `compared` says with which one (empty without any). `remarks` are of the run as a whole.
    """

    tool_version: str
    title: str
    cells: tuple[CellResult, ...]
    known: int = 0
    executor: str = "local"
    changes: tuple[CellChange, ...] = ()
    compared: str = ""
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def counts(self) -> dict[CellState, int]:
        """How many cells are in each state, in the order of `CellState`, without zeros."""
        found = Counter(one.state for one in self.cells)
        return {state: found[state] for state in CellState if found[state]}

    @property
    def notable(self) -> tuple[CellResult, ...]:
        """The cells that are not plainly well, in the order of the recipe."""
        return tuple(one for one in self.cells if not one.state.is_good)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The rows of series that were to be judged somewhere, and came to a verdict nowhere."""
        asked: dict[str, bool] = {}
        for one in self.cells:
            if one.cell.series and one.cell.depth is Depth.VERDICT:
                asked[one.cell.row] = asked.get(one.cell.row, False) or one.state in _JUDGED
        return tuple(row for row, judged in asked.items() if not judged)

    @property
    def exit_code(self) -> int:
        """The worst that a cell asks for; 4 if no cell has an answer; 1 if a series was judged nowhere."""
        worst = max((one.exit_code for one in self.cells), default=0)
        if all(one.state in {CellState.SKIPPED, CellState.NO_ANSWER} for one in self.cells):
            return 4
        return worst or (1 if self.unjudged else 0)

    @property
    def ok(self) -> bool:
        """Whether nothing asks for another exit code than 0."""
        return self.exit_code == 0


def find_changes(before: Iterable[CellResult], now: Sequence[CellResult]) -> tuple[CellChange, ...]:
    """What is in another state than before, worse ones first. A recipe's allowance is no other cell."""
    known = {_identify(one.cell): one for one in before}
    found = []
    for one in now:
        old = known.get(_identify(one.cell))
        if old is None or (old.state, _red_tests(old)) != (one.state, _red_tests(one)):
            was = "" if old is None else old.state.value
            worse = old is not None and _badness(one) > _badness(old)
            found.append(CellChange(one.cell.name, was, _say_after(one, old), worse))
    return tuple(sorted(found, key=lambda change: not change.is_worse))


def _identify(cell: Cell) -> tuple[str, ...]:
    return cell.llvm, cell.suite, cell.target, cell.series, str(cell.assertions), cell.depth.value


def _red_tests(one: CellResult) -> frozenset[str]:
    if one.state is not CellState.FAILS:
        return frozenset()
    return frozenset(test.name for test in one.tests if test.is_red)


def _badness(one: CellResult) -> tuple[int, int]:
    return (one.state.code if one.state.code != 4 else 1, len(_red_tests(one)))


def _say_after(one: CellResult, old: CellResult | None) -> str:
    new = sorted(_red_tests(one) - (_red_tests(old) if old is not None else frozenset()))
    said = f": {', '.join(new[:3])}{' and more' if len(new) > 3 else ''}" if new else ""
    return f"{one.state.value}{said}"


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    matrix: MatrixReport


def encode(report: MatrixReport) -> bytes:
    """The report as indented JSON with a final newline."""
    return wire.encode(_Record(wire.VERSION, report))


def decode(data: bytes) -> MatrixReport:
    """The report that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    return wire.read(data, _Record, "a matrix", "matrix").matrix


def states_by_cell(report: MatrixReport) -> Mapping[str, str]:
    """The state of every cell by its name: what two runs of one matrix are compared by."""
    return {one.cell.name: one.state.value for one in report.cells}

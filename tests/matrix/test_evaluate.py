"""One cell evaluated: how far a series gets on a version, and what is said of a suite alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from harness.cell import Cell, CellResult, CellState, Depth
from harness.check.job import Job
from harness.compile_only.job import CompileJob
from harness.compile_only.record import CompilationReport, CompiledSeries
from harness.errors import EXIT_ENVIRONMENT, EXIT_PATCH, AbsentError, EnvironmentLacksError, Failure
from harness.llvm import SourceTree
from harness.matrix import evaluate as evaluation
from harness.matrix.evaluate import evaluate
from harness.matrix.task import CellTask, decode_result, decode_task, encode
from harness.model import Comparison, Outcome, Run, Series, SeriesKind, TestResult
from harness.process import sandbox
from harness.progress import Silent
from harness.report.record import CheckReport, SeriesReport
from harness.series.catalogue import Catalogue
from harness.store import Store
from harness.toolchain.provider import Provider

DOES_NOT_APPLY = Failure("a.patch does not apply\nnext: rebase it", EXIT_PATCH)
DOES_NOT_COMPILE = Failure("lib/A.cpp does not compile\nnext: see above", EXIT_PATCH)
NO_SPACE = Failure("no space is left\nnext: free some", EXIT_ENVIRONMENT)


def made_for(version: str) -> Series:
    return Series("a-fix", "A fix", SeriesKind.FIX, (), version)


@dataclass
class Llvm:
    """An LLVM 18 whose source is there."""

    major: int = 18

    def source(self, *, matching: bool = True) -> SourceTree:
        if matching:
            raise AbsentError("no archives", "look elsewhere")
        return SourceTree(Path("nowhere"), "18.1.8", "18", "made up")

    def prebuilt(self) -> None:
        return None


@dataclass
class World:
    """What each step would say, and what was asked of it."""

    applies: dict[str, Failure] = field(default_factory=dict)
    compiles: Failure = field(default_factory=Failure)
    judged: SeriesReport | None = None
    runs: list[tuple[Outcome, ...]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    @property
    def patterns(self) -> list[str]:
        """Which tests each run was of."""
        return [job.suite_options.pattern for job in self.jobs]

    def prepare(self, store: Store, source: SourceTree, series: Series, progress: object) -> object:
        return self.applies.get(series.llvm) or object()

    def compile(self, job: CompileJob, progress: object) -> CompilationReport:
        (series,) = job.series
        one = CompiledSeries(series.name, series.title, series.llvm, error=self.compiles)
        return CompilationReport("1", "18.1.8", "made up", (one,))

    def check(self, job: Job, progress: object) -> CheckReport:
        self.jobs.append(job)
        assert self.judged is not None
        return CheckReport("1", "18.1.8", "debian-18", "made up", "overlay", True, (self.judged,))

    def check_suite(self, job: Job, progress: object) -> CheckReport:
        outcomes = self.runs.pop(0)
        if not self.jobs:
            self.names = [f"X86/{number}.ll" for number in range(len(outcomes))]
        self.jobs.append(job)
        names = [name for name in self.names if re.search(job.suite_options.pattern, name)]
        results = tuple(TestResult(name, one, 0.1) for name, one in zip(names, outcomes, strict=True))
        run = Run("debian-18", results, 0.1)
        return CheckReport("1", "18.1.8", "debian-18", "made up", "none", False, suite=run)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(evaluation, "prepare_or_fail", made.prepare)
    monkeypatch.setattr(evaluation, "compile_series", made.compile)
    monkeypatch.setattr(evaluation, "check", made.check)
    monkeypatch.setattr(evaluation, "check_suite", made.check_suite)
    return made


def ask(
    cell: Cell, *series: Series, named: bool = False, column: Callable[..., object] = lambda *_: Llvm()
) -> tuple[CellState, str]:
    task = CellTask(cell, "suite", series, named, "key", {"suite": "1"})
    open_column = cast("Callable[..., Provider]", column)
    result = evaluate(task, Store(Path("none")), Silent(), open_column)
    enclosed = {"sandbox": sandbox.current().mode.value}
    assert (result.cell, result.key, result.identities) == (cell, "key", {"suite": "1", **enclosed})
    assert result.begun
    assert result.machine
    return result.state, result.reason


def fix(depth: Depth) -> Cell:
    return Cell("18", series="a-fix", depth=depth)


def test_the_first_patches_that_apply_are_ported(world: World) -> None:
    world.applies = {"19.1.7": DOES_NOT_APPLY}
    found = ask(fix(Depth.PORTS), made_for("19.1.7"), made_for("22.1.8"))
    assert found == (CellState.PORTS, "the patches for 22.1.8 apply")


def test_if_none_applies_the_nearest_says_why(world: World) -> None:
    world.applies = {"19.1.7": DOES_NOT_APPLY, "22.1.8": Failure("b.patch does not", EXIT_PATCH)}
    found = ask(fix(Depth.VERDICT), made_for("19.1.7"), made_for("22.1.8"))
    assert found == (CellState.DOES_NOT_APPLY, "a.patch does not apply")


def test_of_a_version_that_it_names_it_must_apply(world: World) -> None:
    world.applies = {"18.1.8": DOES_NOT_APPLY}
    found = ask(fix(Depth.COMPILES), made_for("18.1.8"), named=True)
    assert found == (CellState.DOES_NOT_BUILD, "a.patch does not apply")


def test_a_full_disk_is_no_answer(world: World) -> None:
    world.applies = {"19.1.7": NO_SPACE}
    assert ask(fix(Depth.PORTS), made_for("19.1.7")) == (CellState.NO_ANSWER, "no space is left")


@pytest.mark.parametrize(
    ("failure", "named", "state"),
    [
        (Failure(), False, CellState.COMPILES),
        (DOES_NOT_COMPILE, False, CellState.DOES_NOT_COMPILE),
        (DOES_NOT_COMPILE, True, CellState.DOES_NOT_BUILD),
        (NO_SPACE, False, CellState.NO_ANSWER),
    ],
)
def test_compiling_is_asked_for_where_there_is_nothing_to_link(
    world: World, failure: Failure, named: bool, state: CellState
) -> None:
    world.compiles = failure
    assert ask(fix(Depth.COMPILES), made_for("19.1.7"), named=named)[0] is state


OK = SeriesReport("a-fix", "A fix", SeriesKind.FIX, Comparison((), (), True, ()))


@pytest.mark.parametrize(
    ("judged", "named", "state"),
    [
        (OK, True, CellState.OK),
        (OK, False, CellState.OK),
        (replace(OK, comparison=None, error=DOES_NOT_COMPILE), True, CellState.DOES_NOT_BUILD),
        (replace(OK, comparison=None, error=DOES_NOT_COMPILE), False, CellState.DOES_NOT_COMPILE),
        (replace(OK, comparison=None, error=NO_SPACE), False, CellState.NO_ANSWER),
    ],
)
def test_the_verdict_is_that_of_a_check(
    world: World, judged: SeriesReport, named: bool, state: CellState
) -> None:
    world.judged = judged
    assert ask(fix(Depth.VERDICT), made_for("19.1.7"), named=named)[0] is state
    (job,) = world.jobs
    assert job.reach
    assert job.suite_options.reached


@pytest.mark.parametrize("cell", [Cell("18", target="X86"), Cell("18", "upstream:CodeGen/X86", "X86")])
def test_red_tests_of_a_suite_run_once_more(world: World, cell: Cell) -> None:
    """Those of LLVM's own too, which are no suite of ours."""
    world.runs = [(Outcome.PASS, Outcome.FAIL), (Outcome.FAIL,)]
    assert ask(cell) == (CellState.FAILS, "1 of 2 tests (X86/1.ll) red")
    assert world.patterns == ["(^|/)X86/", r"^(?:X86/1\.ll)$"]
    folders = [job.suite_options.folders for job in world.jobs]
    assert folders == [("llvm/test/CodeGen/X86",) if cell.suite != "lit-tests" else ()] * 2


def test_red_tests_that_then_pass_are_flaky(world: World) -> None:
    world.runs = [(Outcome.FAIL, Outcome.TIMEOUT), (Outcome.PASS, Outcome.PASS)]
    assert ask(Cell("18")) == (CellState.FLAKY, "repeated, not the same: X86/0.ll, X86/1.ll")


def test_one_that_stays_red_beside_a_flaky_one_fails(world: World) -> None:
    world.runs = [(Outcome.FAIL, Outcome.TIMEOUT), (Outcome.FAIL, Outcome.PASS)]
    assert ask(Cell("18"))[0] is CellState.FAILS


def test_a_green_suite_runs_once(world: World) -> None:
    world.runs = [(Outcome.PASS, Outcome.XFAIL)]
    assert ask(Cell("18")) == (CellState.OK, "")


def test_whatever_goes_wrong_is_no_answer() -> None:
    def fail(*_: object) -> object:
        raise EnvironmentLacksError("the mirror does not answer", "wait")

    assert ask(Cell("18"), column=fail) == (CellState.NO_ANSWER, "the mirror does not answer")


def test_tasks_and_results_travel() -> None:
    catalogue = Catalogue(Path(__file__).parents[2] / "patches")
    entry = catalogue.entries(mutants=False)[0]
    task = CellTask(
        fix(Depth.PORTS), "suite", (entry.nearest("19.1.7"),), True, "key", {"suite": "1"}, 3, 5.5
    )
    assert decode_task(encode(task)) == task
    assert b"\n" not in encode(task)
    result = CellResult(task.cell, CellState.FLAKY, "why", "key", {"a": "b"}, "19.1.7", seconds=1.5)
    assert decode_result(encode(result)) == result

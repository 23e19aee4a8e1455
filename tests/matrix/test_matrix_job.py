"""A matrix: what is known is not run again, what is recorded, and what cannot be asked is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from harness.artifacts.remote import Artifacts
from harness.artifacts.settings import open_artifacts
from harness.cell import Cell, CellResult, CellState, CellTest, Depth
from harness.errors import AbsentError, EnvironmentLacksError, HarnessError, UsageError
from harness.llvm import SourceTree, Toolchain
from harness.matrix.executors.executor import Done, Tell
from harness.matrix.job import MatrixJob, run
from harness.matrix.record import MatrixReport
from harness.matrix.task import CellTask
from harness.matrix.tasks import require_series
from harness.model import Outcome
from harness.progress import Silent
from harness.series.catalogue import Catalogue
from harness.store import Store
from harness.toolchain.provider import Provider

RECIPE = """title = "t"
kind = "fix"
[llvm]
versions = ["19.1.7"]
"""
PATCH = """--- a/llvm/lib/X.cpp
+++ b/llvm/lib/X.cpp
@@ -1 +1 @@
-a
+{new}
"""


@dataclass
class FakeLlvm:
    """A provider of an LLVM that was never there."""

    major: int
    lacking: str = ""
    identity: str = "first"
    held: tuple[Path, ...] = ()
    has_source: bool = True
    error: type[HarnessError] = AbsentError
    no_source: type[HarnessError] = AbsentError

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        return self.held

    def toolchain(self) -> Toolchain:
        if self.lacking:
            raise self.error(self.lacking, "wait for it")
        return Toolchain(f"llvm-{self.major}", f"{self.major}.1.7", {}, "made up", self.identity)

    def prebuilt(self) -> Toolchain:
        return self.toolchain()

    def source(self, *, matching: bool = True) -> SourceTree:
        if not self.has_source and (matching or self.no_source is not AbsentError):
            raise self.no_source("the mirror has lost it", "look elsewhere")
        return SourceTree(Path("nowhere"), f"{self.major}.1.7", f"source {self.major}", "made up")


@dataclass
class FakeExecutor:
    """Says what it is told of each cell; counts how often each was asked."""

    answers: Callable[[CellTask], CellResult]
    asked: list[str] = field(default_factory=list)
    name: str = "fake"
    at_once: int = 2

    def run(self, tasks: Sequence[CellTask], done: Done, tell: Tell) -> None:
        for task in tasks:
            self.asked.append(task.cell.name)
            done(task, replace(self.answers(task), key=task.key, identities=task.identities))


@dataclass
class Memory:
    """A history in memory."""

    recorded: list[CellResult] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    released: list[str] = field(default_factory=list)
    on_claim: Callable[[], None] = lambda: None

    def find_known(self, keys: Sequence[str]) -> Mapping[str, CellResult]:
        flaky = self.find_flaky(keys)
        found = {one.key: one for one in self.recorded if one.state.is_kept and one.key not in flaky}
        return {key: found[key] for key in keys if key in found}

    def find_flaky(self, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        outcomes: dict[tuple[str, str], set[Outcome]] = {}
        for one in self.recorded:
            for test in one.tests:
                outcomes.setdefault((one.key, test.name), set()).add(test.outcome)
        return {key: (name,) for (key, name), seen in outcomes.items() if len(seen) > 1}

    def find_last(self, cells: Sequence[Cell]) -> Mapping[Cell, CellResult]:
        return {one.cell: one for one in self.recorded if one.cell in cells}

    def claim(self, keys: Sequence[str]) -> frozenset[str]:
        self.on_claim()
        return frozenset(keys) - self.taken

    def release(self, key: str) -> None:
        self.taken.discard(key)
        self.released.append(key)

    def record(self, result: CellResult) -> None:
        self.recorded.append(result)


def ok(task: CellTask) -> CellResult:
    return CellResult(task.cell, CellState.OK)


@dataclass
class Place:
    """A repository of one series, a suite of one test, and LLVMs to choose from."""

    root: Path
    memory: Memory = field(default_factory=Memory)
    artifacts: Artifacts | None = None
    llvms: dict[str, FakeLlvm] = field(default_factory=lambda: {"19": FakeLlvm(19), "22": FakeLlvm(22)})

    def write_patch(self, new: str) -> None:
        folder = self.root / "patches/a-fix/19.1.7"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "series.toml").write_text(RECIPE)
        (folder / "0001-a.patch").write_text(PATCH.format(new=new))

    def run(
        self, executor: FakeExecutor, *cells: Cell, again: bool = False, keep: bool = True
    ) -> MatrixReport:
        suite = self.root / "lit-tests"
        suite.mkdir(exist_ok=True)
        job = MatrixJob(
            Store(self.root / "store", self.artifacts),
            "a matrix",
            cells or (Cell("19"), Cell("22"), Cell("19", series="a-fix")),
            Catalogue(self.root / "patches"),
            suite,
            executor,
            self.memory if keep else None,
            again,
            open_column=lambda store, column, say: cast("Provider", self.llvms[column]),
        )
        return run(job, Silent())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.write_patch("b")
    return made


def test_what_all_ran_before_is_not_run_again(place: Place) -> None:
    first, second = FakeExecutor(ok), FakeExecutor(ok)
    assert place.run(first).known == 0
    report = place.run(second)
    assert (len(first.asked), second.asked, report.known) == (3, [], 3)
    assert [one.state for one in report.cells] == [CellState.OK] * 3


def test_a_changed_series_runs_its_cells_only(place: Place) -> None:
    place.run(FakeExecutor(ok))
    place.write_patch("c")
    executor = FakeExecutor(ok)
    place.run(executor)
    assert executor.asked == ["a-fix [llvm-19]"]


def test_a_changed_llvm_runs_its_cells_only(place: Place) -> None:
    place.run(FakeExecutor(ok))
    place.llvms["22"] = FakeLlvm(22, identity="second")
    executor = FakeExecutor(ok)
    place.run(executor)
    assert executor.asked == ["suite [llvm-22]"]


def test_the_longest_of_last_time_begins_first_and_changes_are_shown(place: Place) -> None:
    took = {"suite [llvm-19]": 1.0, "suite [llvm-22]": 3.0, "a-fix [llvm-19]": 2.0}
    place.run(FakeExecutor(lambda task: replace(ok(task), seconds=took[task.cell.name])))
    executor = FakeExecutor(lambda task: CellResult(task.cell, CellState.UNPROVEN))
    report = place.run(executor, again=True)
    assert executor.asked == ["suite [llvm-22]", "a-fix [llvm-19]", "suite [llvm-19]"]
    assert report.compared == "the last recorded run"
    assert [(one.before, one.after, one.is_worse) for one in report.changes] == [("ok", "unproven", True)] * 3


def test_again_runs_all(place: Place) -> None:
    place.run(FakeExecutor(ok))
    executor = FakeExecutor(ok)
    assert place.run(executor, again=True).known == 0
    assert len(executor.asked) == 3


def test_without_a_history_all_run(place: Place) -> None:
    for _ in range(2):
        executor = FakeExecutor(ok)
        assert place.run(executor, keep=False).ok
        assert len(executor.asked) == 3


def test_no_answer_is_asked_for_again(place: Place) -> None:
    place.run(FakeExecutor(lambda task: CellResult(task.cell, CellState.NO_ANSWER, "lost")))
    executor = FakeExecutor(ok)
    assert place.run(executor).ok
    assert len(executor.asked) == 3


def test_an_llvm_that_cannot_be_had_is_skipped_with_the_reason(place: Place) -> None:
    place.llvms["22"] = FakeLlvm(22, lacking="the mirror has no LLVM 22")
    report = place.run(FakeExecutor(ok))
    assert report.cells[1].text == "skipped: the mirror has no LLVM 22"
    assert report.exit_code == 0
    assert report.cells[1] in place.memory.recorded


def test_an_llvm_that_could_not_be_looked_for_is_no_answer(place: Place) -> None:
    place.llvms["22"] = FakeLlvm(22, lacking="cannot fetch its lists", error=EnvironmentLacksError)
    report = place.run(FakeExecutor(ok))
    assert [one.text for one in report.cells] == ["ok", "no answer: cannot fetch its lists", "ok"]
    assert report.exit_code == 4


@pytest.mark.parametrize(
    ("error", "text", "code"),
    [
        (EnvironmentLacksError, "no answer: the mirror has lost it", 4),
        (UsageError, "skipped: the mirror has lost it", 0),  # of the wheel, which never has one
    ],
)
def test_a_source_that_could_not_be_looked_for_is_not_skipped(
    place: Place, error: type[HarnessError], text: str, code: int
) -> None:
    place.llvms["22"] = FakeLlvm(22, has_source=False, no_source=error)
    cells = Cell("22"), Cell("22", series="a-fix", depth=Depth.PORTS)
    report = place.run(FakeExecutor(ok), *cells)
    assert [one.text for one in report.cells] == ["ok", text]
    assert report.exit_code == code


def test_other_outcomes_with_the_same_identities_are_flaky(place: Place) -> None:
    def with_outcome(outcome: Outcome) -> FakeExecutor:
        state = CellState.FAILS if outcome.is_red else CellState.OK
        tests = (CellTest("a.ll", outcome),)
        return FakeExecutor(lambda task: CellResult(task.cell, state, tests=tests))

    place.run(with_outcome(Outcome.FAIL), Cell("19"))
    report = place.run(with_outcome(Outcome.PASS), Cell("19"), again=True)
    assert report.cells[0].text == "flaky: same identities, different outcomes: a.ll"
    assert report.exit_code == 1
    executor = with_outcome(Outcome.PASS)
    place.run(executor, Cell("19"))
    assert executor.asked == ["suite [llvm-19]"]


def test_what_another_matrix_is_evaluating_is_waited_for(place: Place) -> None:
    keys = [one.key for one in place.run(FakeExecutor(ok), Cell("19")).cells]
    place.memory.recorded.clear()
    place.memory.taken = set(keys)
    theirs = CellResult(Cell("19"), CellState.OK, "by the other", keys[0])
    timer = threading.Timer(1.5, lambda: place.memory.recorded.append(theirs))
    timer.start()
    executor = FakeExecutor(ok)
    report = place.run(executor, Cell("19"))
    assert executor.asked == []
    assert report.cells[0].reason == "by the other"


def test_what_another_matrix_gave_up_is_evaluated(place: Place) -> None:
    keys = [one.key for one in place.run(FakeExecutor(ok), Cell("19")).cells]
    place.memory.recorded.clear()
    place.memory.taken = set(keys)
    tries: list[int] = []

    def give_up() -> None:
        tries.append(1)
        if len(tries) == 2:
            place.memory.taken.clear()

    place.memory.on_claim = give_up
    executor = FakeExecutor(ok)
    place.run(executor, Cell("19"))
    assert executor.asked == ["suite [llvm-19]"]


def test_what_has_no_result_is_left_to_others(place: Place) -> None:
    """A recorded result has released its key, and another may have taken it since."""

    def stop(task: CellTask) -> CellResult:
        if task.cell.llvm == "22":
            raise KeyboardInterrupt
        return ok(task)

    place.llvms["22"] = FakeLlvm(22, identity="second")
    with pytest.raises(KeyboardInterrupt):
        place.run(FakeExecutor(stop), Cell("19"), Cell("22"))
    (recorded,) = place.memory.recorded
    assert recorded.cell.llvm == "19"
    (released,) = place.memory.released
    assert released
    assert released != recorded.key


def test_an_llvm_that_the_store_had_is_shared_with_those_that_evaluate(place: Place) -> None:
    had = Store(place.root / "store").make("debian", "llvm-19", lambda aside: None)
    place.llvms["19"].held = (had,)
    there = open_artifacts(str(place.root / "shared"))
    assert there is not None
    place.artifacts = there
    place.run(FakeExecutor(ok))
    assert there.has("debian", "llvm-19")


def test_the_nearest_patches_come_first_on_a_version_without_its_own(place: Place) -> None:
    folder = place.root / "patches/a-fix"
    (folder / "series.toml").write_text(RECIPE.replace('["19.1.7"]', '["15.0.7", "19.1.7", "22.1.8"]'))
    for version in ("15.0.7", "22.1.8"):
        (folder / version).mkdir()
        (folder / version / "0001-a.patch").write_text(PATCH.format(new=version))
    place.llvms["18"] = FakeLlvm(18)
    tasks: list[CellTask] = []

    def keep(task: CellTask) -> CellResult:
        tasks.append(task)
        return ok(task)

    place.run(FakeExecutor(keep), Cell("18", series="a-fix", depth=Depth.PORTS), Cell("19", series="a-fix"))
    tried = {task.cell.llvm: ([one.llvm for one in task.series], task.is_named) for task in tasks}
    assert tried == {"18": (["19.1.7", "15.0.7", "22.1.8"], False), "19": (["19.1.7"], True)}


def test_whoever_evaluates_knows_that_there_is_no_source_of_the_archives(place: Place) -> None:
    place.llvms["18"] = FakeLlvm(18, has_source=False)
    tasks: list[CellTask] = []

    def keep(task: CellTask) -> CellResult:
        tasks.append(task)
        return ok(task)

    cells = (Cell("18", series="a-fix", depth=Depth.PORTS), Cell("19", series="a-fix"))
    place.run(FakeExecutor(keep), *cells)
    assert {task.cell.llvm: task.any_source for task in tasks} == {"18": True, "19": False}


def test_a_series_that_is_not_there_is_an_error(place: Place) -> None:
    with pytest.raises(UsageError) as error:
        require_series(Catalogue(place.root / "patches"), "m.toml", ["a-fix", "b-fix"])
    assert str(error.value) == (
        "m.toml: b-fix is not a series or a file\n"
        "  series here: a-fix\n"
        "next: name a series of patches/, or the path of a patch"
    )

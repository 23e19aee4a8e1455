"""A sample of the tests that were left out: which run, what is said if one differs, and what is counted."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from harness.check.reached import TestsReached
from harness.check.sample import KIND, LeftOutTests, Sampler, Tally, add_to_tally
from harness.check.select import PlannedRuns
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.progress import Silent
from harness.report.reach import ReachSample
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.runner.touch import Touch
from harness.store import Store

BASE, PATCHED = (Toolchain(name, "19.1.7", {"llc": Path("/bin/llc")}, "made up", name) for name in "BP")


class Tests:
    """A suite of so many tests, and a runner; `does` says of a side and a test what it does, run by run."""

    __test__ = False

    def __init__(self, tmp: Path, count: int) -> None:
        self.store = Store(tmp / "store")
        self.suite = Suite(tmp / "suite", 2)
        self.suite.root.mkdir()
        self.names = tuple(f"{number:04}.ll" for number in range(count))
        for name in self.names:
            (self.suite.root / name).write_text("; RUN: llc %s")
        self.ran: list[tuple[str, str]] = []
        self.does: dict[tuple[str, str], list[TestResult]] = {}
        self.now = 0.0
        self.takes = 0.1
        self.seconds = 20.0
        self.begun = -1000.0

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        return [
            Run(side.name, tuple(self._one(side, name) for name in suite.names), 0.1) for side, suite in tasks
        ]

    def _one(self, side: Toolchain, name: str) -> TestResult:
        self.ran.append((side.name, name))
        self.now += self.takes
        told = self.does.get((side.name, name), [])
        found = told.pop(0) if len(told) > 1 else told[0] if told else does("same")
        return replace(found, name=name)

    def sample(self, seed: int = 1, stale: Sequence[str] = ()) -> ReachSample | None:
        random = Random(seed)  # noqa: S311 - the same tests each time
        sampler = Sampler(
            *(self.store, "r", self.run, Silent(), 1, self.begun),
            seconds=self.seconds,
            random=random,
            clock=lambda: self.now,
        )
        patched = replace(PATCHED, stale=frozenset(stale))
        return sampler.sample(BASE, patched, [LeftOutTests(self.suite, self.names)])

    def count(self) -> Counter[str]:
        return Counter(side for side, _ in self.ran)


def does(wrote: str, outcome: Outcome = Outcome.PASS) -> TestResult:
    return TestResult("", outcome, 0.1, wrote=wrote)


@pytest.mark.parametrize(("tests", "ran"), [(1, 1), (3, 1), (250, 2), (1000, 10)])
def test_one_of_a_hundred_runs_on_both_sides_one_at_least(tmp_path: Path, tests: int, ran: int) -> None:
    made = Tests(tmp_path, tests)
    assert made.sample() == ReachSample(ran, (), ran, 0)
    assert made.count() == {"B": ran, "P": ran}
    assert made.sample() == ReachSample(ran, (), 2 * ran, 0)
    before = {name for _, name in made.ran}
    made.sample(seed=2)
    assert tests < 1000 or {name for _, name in made.ran} > before


def test_it_ends_after_some_seconds(tmp_path: Path) -> None:
    made = Tests(tmp_path, 10_000)
    made.takes = 0.3
    found = made.sample()
    assert found is not None
    assert found.ran == 36  # after 32 of the 100 it was not too late


@pytest.mark.parametrize(("since", "ran"), [(0, 4), (30, 8), (60, 12), (1000, 36)])
def test_it_takes_a_tenth_of_what_the_call_took_and_a_second_at_least(
    tmp_path: Path, since: int, ran: int
) -> None:
    made = Tests(tmp_path, 10_000)
    made.takes, made.begun = 0.3, -since  # 2.4 s for four tests on both sides
    found = made.sample()
    assert found is not None
    assert found.ran == ran


def test_the_first_few_run_however_little_time_there_is(tmp_path: Path) -> None:
    made = Tests(tmp_path, 10_000)
    made.seconds = 0.1
    found = made.sample()
    assert found is not None
    assert found.ran == 4


def test_all_series_of_a_call_share_the_time(tmp_path: Path) -> None:
    made = Tests(tmp_path, 10_000)
    made.takes = 0.3  # 2.4 s for four tests on both sides
    random = Random(1)  # noqa: S311 - the same tests each time
    sampler = Sampler(
        *(made.store, "r", made.run, Silent(), 10, -1000.0), random=random, clock=lambda: made.now
    )
    left = [LeftOutTests(made.suite, made.names)]
    ran = [sampler.sample(BASE, PATCHED, left) for _ in range(10)]
    # The first takes 2.4 s and has 2 s; the sixth has nothing of the 12 s that those before it took.
    assert [one.ran if one else 0 for one in ran] == [4, 4, 4, 4, 4, 0, 4, 4, 4, 4]
    assert made.now < 20 + 2.4


def test_few_folders_are_sampled_at_once(tmp_path: Path) -> None:
    made = Tests(tmp_path, 0)
    made.names = tuple(f"{folder}/{number}.ll" for folder in range(100) for number in range(10))
    for name in made.names:
        (made.suite.root / name).parent.mkdir(exist_ok=True)
        (made.suite.root / name).write_text("; RUN: llc %s")
    assert made.sample() == ReachSample(10, (), 10, 0)
    names = {name for _, name in made.ran}
    assert Counter(Counter(name.split("/")[0] for name in names).values()) == {4: 2, 2: 1}


def test_nothing_left_out_is_no_sample(tmp_path: Path) -> None:
    made = Tests(tmp_path, 0)
    assert made.sample() is None
    assert not (made.store.root / KIND).exists()


def test_a_test_of_a_tool_that_is_not_built_does_not_run(tmp_path: Path) -> None:
    made = Tests(tmp_path, 200)
    for name in made.names[1:]:
        (made.suite.root / name).write_text("; RUN: llvm-mc %s")
    assert made.sample(stale=["llvm-mc"]) == ReachSample(1, (), 1, 0)
    assert {name for _, name in made.ran} == {made.names[0]}


def test_what_has_no_answer_on_base_says_nothing(tmp_path: Path) -> None:
    made = Tests(tmp_path, 1)
    made.does["B", "0000.ll"] = [does("", Outcome.UNSUPPORTED)]
    assert made.sample() is None


@pytest.mark.parametrize("patched", [does("other"), does("same", Outcome.FAIL), does("", Outcome.UNRESOLVED)])
def test_one_that_differs_is_named(tmp_path: Path, patched: TestResult) -> None:
    made = Tests(tmp_path, 1)
    made.does["P", "0000.ll"] = [patched]
    assert made.sample() == ReachSample(1, ("0000.ll",), 1, 1)
    assert made.count() == {"B": 3, "P": 2}
    made.does.clear()
    assert made.sample() == ReachSample(1, (), 2, 1)


@pytest.mark.parametrize(
    "does_so",
    [
        {("P", "0000.ll"): [does("once"), does("same")]},
        {("B", "0000.ll"): [does("a"), does("b"), does("c")], ("P", "0000.ll"): [does("d")]},
    ],
    ids=["once", "on base too"],
)
def test_what_differs_by_itself_breaks_no_rule(
    tmp_path: Path, does_so: dict[tuple[str, str], list[TestResult]]
) -> None:
    made = Tests(tmp_path, 1)
    made.does = does_so
    assert made.sample() == ReachSample(1, (), 1, 0)


def test_llvms_tests_are_looked_for_by_name(tmp_path: Path) -> None:
    suite = Suite(tmp_path, 1, site="s", prefix="llvm/test/", identity="i", pattern="x", inputs=("MC",))
    found = LeftOutTests(suite, ()).only(["llvm/test/MC/a.s"])
    assert (found.names, found.inputs, found.pattern) == (("llvm/test/MC/a.s",), ("MC/a.s",), "")
    ours = replace(suite, site="", inputs=(), prefix="")
    assert LeftOutTests(ours, ()).only(["a.ll"]).inputs == ()


def test_what_is_left_out_is_what_no_test_of_the_series_touches(tmp_path: Path) -> None:
    made = Tests(tmp_path, 3)
    parts = PlannedRuns((Portion(made.suite, made.suite),), touched={"0001.ll": Touch(text=True)})
    unreached = tuple(TestResult(name, Outcome.PASS, 0.0) for name in made.names[:2])
    found = TestsReached(None, (frozenset(),), unreached)
    assert found.left_out(parts) == [LeftOutTests(made.suite, ("0000.ll",))]


# -- the tally


def _add(root: Path, times: int) -> None:
    for _ in range(times):
        add_to_tally(Store(root), "r", Tally(2, 1))


def test_two_processes_count_together(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_add, args=(tmp_path, 40)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert add_to_tally(Store(tmp_path), "r", Tally()) == Tally(160, 80)
    assert add_to_tally(Store(tmp_path), "another", Tally()) == Tally()


def test_a_damaged_tally_begins_anew(tmp_path: Path) -> None:
    add_to_tally(Store(tmp_path), "r", Tally(7))
    (path,) = (tmp_path / KIND).rglob("*.json")
    path.write_text("{")
    assert add_to_tally(Store(tmp_path), "r", Tally(1)) == Tally(1)

"""What is run again, and what comes of tests that fail at random; and what the base need not run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.check.base_runs import BaseRuns
from harness.check.compare import compare, find_changed
from harness.check.rounds import Rounds
from harness.check.select import PlannedRuns
from harness.llvm import Toolchain
from harness.model import Outcome, Run, SeriesKind, TestResult, Verdict
from harness.progress import Silent
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.store import Store

pytestmark = pytest.mark.slow

TESTS = 4000


def tools(name: str) -> Toolchain:
    return Toolchain(
        name, "19.1.7", {"llc": Path("/bin", name), "FileCheck": Path("/bin/FileCheck")}, "", name
    )


@dataclass
class Unsteady:
    """A runner whose tools fail at random, each side's with a chance of its own."""

    chances: dict[str, float]
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - a seed, no secret
    runs: Counter[str] = field(default_factory=Counter)

    def __call__(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        return [self.one(*task) for task in tasks]

    def one(self, toolchain: Toolchain, suite: Suite) -> Run:
        names = suite.names or tuple(f"{number:04}.ll" for number in range(TESTS))
        self.runs[toolchain.name] += len(names)
        fails = (self.dice.random() < self.chances[toolchain.name] for _ in names)
        base_runs = [Outcome.FAIL if fail else Outcome.PASS for fail in fails]
        return Run(toolchain.name, tuple(map(result, names, base_runs)), 1.0)


def result(name: str, outcome: Outcome) -> TestResult:
    return TestResult(name, outcome, 0.0)


def judged(tmp_path: Path, runner: Unsteady) -> Counter[Verdict]:
    """How often each verdict is given, as the judge does it (judge.py)."""
    (tmp_path / "suite").mkdir()
    suite = Suite(tmp_path / "suite", 1)
    for number in range(TESTS):
        (suite.root / f"{number:04}.ll").touch()
    parts = PlannedRuns((Portion(suite, suite),))
    rounds = Rounds(
        tools("base"), tools("patched"), parts, BaseRuns(Store(tmp_path / "store")), runner, Silent()
    )
    (without,), (with_patch,) = rounds.run_first(apart=False)
    rounds.run_again(find_changed(without, with_patch), ())
    rounds.run_again(find_changed(without, with_patch, rounds.now), ())
    found = compare(without, with_patch, kind=SeriesKind.FIX, repeats=rounds.now)
    return Counter(one.verdict for one in found.verdicts)


def test_a_test_that_the_patch_makes_fail_at_random(tmp_path: Path) -> None:
    """Three of ten times: it is called `regressed` if it fails three times of three, and `flaky` if not."""
    found = judged(tmp_path, Unsteady({"base": 0.0, "patched": 0.3}))
    assert found.keys() == {Verdict.PASSES, Verdict.FLAKY, Verdict.REGRESSED}
    # 0.027, and four times the deviation of so many samples on top.
    assert 0 < found[Verdict.REGRESSED] < TESTS * 0.027 + 4 * (TESTS * 0.027) ** 0.5
    assert found[Verdict.FLAKY] > 0.25 * TESTS


def test_a_test_that_fails_at_random_on_both_sides(tmp_path: Path) -> None:
    """Called `fixed` or `regressed` if one side fails three times and the other passes thrice: 0.9 % each."""
    found = judged(tmp_path, Unsteady({"base": 0.3, "patched": 0.3}))
    assert Verdict.UNRESOLVED not in found
    for verdict in (Verdict.FIXED, Verdict.REGRESSED):
        assert found[verdict] < TESTS * 0.0093 + 4 * (TESTS * 0.0093) ** 0.5
    # One of two ways to differ in the first run; who fails on both sides is `still-failing`.
    assert found[Verdict.FLAKY] > 0.35 * TESTS


def test_what_differs_no_more_is_not_run_a_third_time(tmp_path: Path) -> None:
    runner = Unsteady({"base": 0.0, "patched": 0.3})
    judged(tmp_path, runner)
    # All once, 30 % a second time, 9 % a third time.
    assert TESTS * 1.36 < runner.runs["base"] < TESTS * 1.42


def test_what_never_differs_is_run_once(tmp_path: Path) -> None:
    runner = Unsteady({"base": 0.0, "patched": 0.0})
    assert judged(tmp_path, runner) == {Verdict.PASSES: TESTS}
    assert runner.runs == {"base": TESTS, "patched": TESTS}


def test_the_base_runs_a_test_once_for_two_series(tmp_path: Path) -> None:
    """Each series has the tests that reach it. The base runs those that none had, of an earlier call too."""
    (tmp_path / "s").mkdir()
    store = Store(tmp_path / "store")
    asked: list[tuple[str, tuple[str, ...]]] = []

    def run(tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        asked.extend((toolchain.name, suite.names) for toolchain, suite in tasks)
        return [
            Run(toolchain.name, tuple(result(name, Outcome.PASS) for name in suite.names), 1.0)
            for toolchain, suite in tasks
        ]

    bases = BaseRuns(store)
    for names, call in ((("a", "b"), bases), (("b", "c"), bases), (("a", "c", "d"), BaseRuns(store))):
        suite = Suite(tmp_path / "s", 1, names=names)
        parts = PlannedRuns((Portion(suite, suite, frozenset(names)),))
        rounds = Rounds(tools("base"), tools("patched"), parts, call, run, Silent())
        without, with_patch = rounds.run_first(apart=False)
        for (one,) in (without, with_patch):
            assert tuple(found.name for found in one.results) == names
    assert [names for side, names in asked if side == "base"] == [("a", "b"), ("c",), ("d",)]
    assert [names for side, names in asked if side == "patched"] == [("a", "b"), ("b", "c"), ("a", "c", "d")]

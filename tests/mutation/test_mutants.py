"""Trials of mutants, with a builder that stands in: what is built when, kept, and stopped."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from harness import imports, process
from harness.builders.choose import BuildFailure, Pair
from harness.builders.request import Built, Side
from harness.check.prepare import Prepared
from harness.errors import PatchError
from harness.model import Comparison, Outcome, Red, Series, SeriesKind, TestResult, TestVerdict, Verdict
from harness.mutation import job
from harness.mutation.job import Ahead, keep_trial, load_trial
from harness.mutation.score import Trial, trial_of
from harness.patch import Change, ChangeKind
from harness.store import Store

if TYPE_CHECKING:
    from harness.builders.choose import Chooser
    from harness.check.judge import Judge


def patched(name: str) -> Prepared:
    path = f"llvm/lib/{name}.cpp"
    side = Side(name, Path("/none"), f"identity of {name}")
    return Prepared(
        Series(name, name, SeriesKind.MUTANT, ()), side, (Change(path, ChangeKind.MODIFIED),), {path: name}
    )


def built(side: Side) -> Built:
    return Built({}, (), (), side.identity, 0.0, cached=False)


class Way:
    """Builds by noting it; `bad` does not compile."""

    def __init__(self, *bad: str) -> None:
        self.bad = bad
        self.built: list[str] = []

    def both(self, one: Prepared) -> Pair | BuildFailure:
        self.built.append(one.side.name)
        if one.side.name in self.bad:
            return BuildFailure(PatchError(f"{one.side.name} does not compile", "mend it"), "overlay")
        return Pair(built(Side("base", Path("/none"), "base")), built(one.side), "overlay")


def settled(way: Way, number: int) -> list[str]:
    """What was built once it is that much, and a moment later."""
    end = time.monotonic() + 5
    while len(way.built) < number and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.05)
    return list(way.built)


def test_one_mutant_is_built_ahead_and_no_more() -> None:
    way, (a, b, c) = Way(), map(patched, "abc")
    with Ahead(way.both, [a, b, c]) as ahead:
        assert settled(way, 1) == ["a"]
        ahead.take(a)
        assert settled(way, 2) == ["a", "b"]
        ahead.take(b)
        ahead.take(c)
    assert way.built == ["a", "b", "c"]


def test_one_that_does_not_build_says_so_and_the_next_is_built() -> None:
    way, (a, b) = Way("a"), map(patched, "ab")
    with Ahead(way.both, [a, b]) as ahead:
        assert isinstance(ahead.take(a), BuildFailure)
        assert isinstance(ahead.take(b), Pair)


def test_nothing_is_left_running_when_it_is_interrupted() -> None:
    started = time.monotonic()

    class Slow(Way):
        def both(self, one: Prepared) -> Pair | BuildFailure:
            self.built.append(one.side.name)
            process.run(["sleep", "50"])
            process.run(["sleep", "50"])  # as a linker starts after the compiler
            return super().both(one)

    way = Slow()

    def interrupted() -> None:
        with Ahead(way.both, [patched("a")]):
            assert settled(way, 1) == ["a"]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - started < 20


def trial(*, unresolved: bool = False) -> Trial:
    results = [TestResult("a.ll", Outcome.PASS, 0.5), TestResult("a.ll", Outcome.FAIL, 0.5, output="x")]
    verdicts = [TestVerdict("a.ll", Verdict.REGRESSED, results[0], results[1])]
    if unresolved:
        lost = TestResult("b.ll", Outcome.UNRESOLVED, 0.0)
        verdicts.append(TestVerdict("b.ll", Verdict.UNRESOLVED, lost, lost, red=Red.UNRESOLVED))
    return trial_of(Comparison(tuple(verdicts), (), True, ()))


def test_a_trial_is_kept_unless_it_is_unsure(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert load_trial(store, "k") is None
    keep_trial(store, "k", trial(unresolved=True))
    assert load_trial(store, "k") is None
    keep_trial(store, "k", trial())
    assert load_trial(store, "k") == trial()


def test_the_code_that_decides_is_in_the_key_of_a_trial() -> None:
    package = Path(job.__file__).parents[1]
    names = {path.relative_to(package).as_posix() for path in imports.closure(job.CODE)}
    deciding = {"check/compare.py", "check/judge.py", "check/rounds.py", "report/record.py", "model.py"}
    assert deciding | {"mutation/job.py", "mutation/score.py", "runner/runs.py"} <= names
    assert not {name for name in names if name.startswith(("authoring/", "cli/", "fuzz/", "ledger/"))}


def test_another_code_is_another_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A trial that other code made is not believed."""
    monkeypatch.setattr(job, "fingerprint", lambda name: (name, "this code"))
    judge = cast("Judge", SimpleNamespace(selected=SimpleNamespace(suites=()), release=None))
    chooser = cast("Chooser", SimpleNamespace(setup=SimpleNamespace(store=Store(tmp_path))))
    before = job.Trials(chooser, judge).run_by
    assert before == job.Trials(chooser, judge).run_by
    monkeypatch.setattr(job, "fingerprint", lambda name: (name, "other code"))
    assert job.Trials(chooser, judge).run_by != before

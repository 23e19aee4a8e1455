"""What is known of the base, test by test: in a call, and from the store."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check.base_runs import KIND, BaseRuns, key_of_tests
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.runner.sources import SourceChangedError, SourceWatch
from harness.store import Store

NAMES = ("a.ll", "b.ll", "c.ll")
PASS, UNSUPPORTED, UNRESOLVED = Outcome.PASS, Outcome.UNSUPPORTED, Outcome.UNRESOLVED


def tools(name: str) -> Toolchain:
    return Toolchain(
        name, "19.1.7", {"llc": Path("/bin", name), "FileCheck": Path("/bin/FileCheck")}, "", name
    )


def result(name: str, outcome: Outcome, elapsed: float = 0.0) -> TestResult:
    return TestResult(name, outcome, elapsed)


@dataclass
class Base:
    """A base whose suite has these tests, which end so and take so long; `ran` says which ran, run by run."""

    outcomes: dict[str, Outcome] = field(default_factory=lambda: dict.fromkeys(NAMES, PASS))
    times: dict[str, float] = field(default_factory=dict)
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, suites: Sequence[Suite]) -> list[Run]:
        return [self.run_one(suite) for suite in suites]

    def run_one(self, suite: Suite) -> Run:
        names = suite.names or tuple(name for name in self.outcomes if re.search(suite.pattern, name))
        self.ran.append(names)
        results = tuple(
            result(name, self.outcomes.get(name, UNRESOLVED), self.times.get(name, 0.0)) for name in names
        )
        return Run("base", results, max((one.elapsed for one in results), default=0.0))

    def complete(self, bases: BaseRuns, suite: Suite) -> Run:
        (found,) = bases.complete(tools("base"), [Portion(suite, suite)], self.run)
        return found


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    root = tmp_path / "s"
    root.mkdir()
    for name in NAMES:
        (root / name).touch()
    return Suite(root, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def outcomes(run: Run) -> dict[str, Outcome]:
    return {one.name: one.outcome for one in run.results}


# -- test by test


def test_nothing_is_kept_of_a_run_whose_tests_changed_a_source(suite: Suite, store: Store) -> None:
    watch = SourceWatch()
    watch.begin([suite.root], lambda _: ())
    theirs, base = replace(suite, site="site", identity="i"), Base()
    (suite.root / "b.ll").write_text("changed")
    bases = BaseRuns(store, watch)
    for _ in range(2):
        with pytest.raises(SourceChangedError):
            base.complete(bases, theirs)
    assert base.ran == [NAMES, NAMES]
    assert store.find(KIND, key_of_tests(tools("base"), theirs)) == []


def test_sources_are_read_only_for_what_is_kept(
    suite: Suite, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of failures nothing is. LLVM's source has 70,000 files, and whoever judges has them read at the end."""
    watch = SourceWatch()
    watch.begin([suite.root], lambda _: ())
    read: list[bool] = []
    monkeypatch.setattr(SourceWatch, "require_unchanged", lambda _: read.append(True))
    theirs, base = replace(suite, site="site", identity="i"), Base(dict.fromkeys(NAMES, Outcome.CRASH))
    base.complete(bases := BaseRuns(store, watch), theirs)
    base.complete(bases, theirs)
    assert (base.ran, read) == ([NAMES], [])
    Base().complete(BaseRuns(store, watch), theirs)
    assert read == [True]


def test_nothing_is_known_of_a_suite_that_changed_while_it_ran(suite: Suite, store: Store) -> None:
    base, bases = Base(), BaseRuns(store)

    def edit(suites: Sequence[Suite]) -> list[Run]:
        (suite.root / "b.ll").write_text("changed")
        return base.run(suites)

    before = (suite.root / "b.ll").read_text()
    bases.complete(tools("base"), [Portion(suite, suite)], edit)
    base.complete(bases, suite)
    (suite.root / "b.ll").write_text(before)
    base.complete(bases, suite)
    assert base.ran == [NAMES] * 3


def test_nothing_is_known_of_a_suite_whose_files_nothing_names(suite: Suite, store: Store) -> None:
    base, bases, theirs = Base(), BaseRuns(store), replace(suite, site="site")
    for _ in range(2):
        assert outcomes(base.complete(bases, theirs)) == dict.fromkeys(NAMES, PASS)
    assert base.ran == [NAMES] * 2


@pytest.mark.parametrize(
    "outcome", [Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT, Outcome.XFAIL, Outcome.UNRESOLVED]
)
def test_a_failure_is_not_kept_but_known_for_this_call(suite: Suite, store: Store, outcome: Outcome) -> None:
    """It may have been the machine: with it a patched side that fails too loses nothing."""
    base = Base(dict(zip(NAMES, (PASS, outcome, UNSUPPORTED), strict=True)))
    bases = BaseRuns(store)
    base.complete(bases, suite)
    assert outcomes(base.complete(bases, suite)) == base.outcomes
    assert base.ran == [NAMES, *([("b.ll",)] if outcome is UNRESOLVED else [])]
    base.ran.clear()
    # What is run now counts.
    base.outcomes["b.ll"] = PASS
    assert outcomes(base.complete(BaseRuns(store), suite)) == base.outcomes
    assert base.ran == [("b.ll",)]


def test_a_test_is_known_whatever_it_ran_with(suite: Suite, store: Store) -> None:
    """Of LLVM's own tests, `inputs` are those that were chosen for the series, or their folder."""
    base = Base()
    some = replace(suite, names=NAMES[:2], inputs=NAMES[:2], site="site", identity="i")
    for bases in (first := BaseRuns(store), first, BaseRuns(store)):
        base.complete(bases, some)
        base.complete(bases, replace(some, names=NAMES[:1], inputs=("folder",)))
    assert base.ran == [NAMES[:2]]
    base.complete(BaseRuns(store), replace(some, names=NAMES[1:], inputs=NAMES[1:]))
    assert base.ran == [NAMES[:2], NAMES[2:]]


def test_which_tests_a_whole_suite_has_is_known_from_a_run_of_all(suite: Suite, store: Store) -> None:
    base, fails = Base(), {"c.ll": Outcome.FAIL}
    base.complete(BaseRuns(store), replace(suite, names=NAMES[:2]))
    base.outcomes |= fails
    base.complete(BaseRuns(store), suite)
    assert base.ran == [NAMES[:2], NAMES]
    base.ran.clear()
    base.complete(BaseRuns(store), suite)
    assert base.ran == [("c.ll",)]
    # A part of it too, and a part of another selection is not.
    found = base.complete(BaseRuns(store), replace(suite, pattern="[ab]"))
    assert outcomes(found) == dict.fromkeys(NAMES[:2], PASS)
    assert base.ran == [("c.ll",)]
    base.complete(BaseRuns(store), replace(suite, inputs=("b.ll",), pattern="b"))
    assert base.ran == [("c.ll",), ("b.ll",)]
    base.complete(BaseRuns(store), replace(suite, inputs=("b.ll",), pattern="b"))
    base.complete(BaseRuns(store), replace(suite, inputs=("b.ll",)))
    assert base.ran == [("c.ll",), ("b.ll",), NAMES]


def test_tests_that_do_not_count_are_not_run_again(suite: Suite, store: Store) -> None:
    base = Base(dict.fromkeys(NAMES, Outcome.FAIL) | {"a.ll": PASS})
    portion = Portion(suite, replace(suite, names=("b.ll",)), frozenset({"b.ll"}))
    for _ in range(2):
        BaseRuns(store).complete(tools("base"), [portion], base.run)
    assert base.ran == [NAMES, ("b.ll",)]


def test_each_portion_gets_its_own(suite: Suite, store: Store) -> None:
    """The second is known: the run of the third is not taken for it."""
    base, bases = Base(), BaseRuns(store)
    suites = [replace(suite, names=(name,)) for name in NAMES]
    base.complete(bases, suites[1])
    found = bases.complete(tools("base"), [Portion(one, one) for one in suites], base.run)
    assert [list(outcomes(run)) for run in found] == [[name] for name in NAMES]
    assert base.ran == [("b.ll",), ("a.ll",), ("c.ll",)]


def test_what_is_known_took_what_it_took_then(suite: Suite, store: Store) -> None:
    base = Base(times={"a.ll": 1.0, "b.ll": 3.0, "c.ll": 4.0})  # all at once: 4 seconds
    assert base.complete(BaseRuns(store), suite).elapsed == 4.0
    assert base.complete(BaseRuns(store), suite).elapsed == pytest.approx(4.0)
    some = replace(suite, names=NAMES[:2])
    assert base.complete(BaseRuns(store), some).elapsed == pytest.approx(2.0)
    base.outcomes["d.ll"], base.times["d.ll"] = PASS, 7.0
    more = replace(suite, names=("b.ll", "d.ll"))
    for _ in range(2):
        assert base.complete(BaseRuns(store), more).elapsed == pytest.approx(1.5 + 7.0)


def test_two_calls_at_once_keep_what_both_learn(suite: Suite, store: Store) -> None:
    """Neither knows of the other's tests when it begins, nor what the other has kept meanwhile."""
    base, bases = Base(), BaseRuns(store)
    mine, theirs = replace(suite, names=NAMES[:2]), replace(suite, names=NAMES[1:])

    def run(suites: Sequence[Suite]) -> list[Run]:
        base.complete(BaseRuns(store), theirs)
        return base.run(suites)

    bases.complete(tools("base"), [Portion(mine, mine)], run)
    assert base.ran == [NAMES[1:], NAMES[:2]]
    base.complete(BaseRuns(store), replace(suite, names=NAMES))
    assert base.ran == [NAMES[1:], NAMES[:2]]


def truncate(entry: Path) -> None:
    record = entry / "run.json"
    record.write_bytes(record.read_bytes()[:-20])


def lie(entry: Path) -> None:
    record = entry / "run.json"
    record.write_bytes(record.read_bytes().replace(b"UNSUPPORTED", b"PASS"))


def empty(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.mkdir()


def die_before_the_end(entry: Path) -> None:
    """What a run leaves that is killed before its part has its name."""
    entry.rename(entry.with_name(f"{entry.name}.tmp-01234567"))


def move(entry: Path) -> None:
    """Results of another key, under this one."""
    entry.rename(entry.with_name(f"{entry.name[:-1]}{'1' if entry.name[-1] == '0' else '0'}"))


def outdate(entry: Path) -> None:
    """A whole entry that this version does not read."""
    entries = Store(entry.parents[1])
    entries.rework(KIND, entry.name, lambda place: void((place / "run.json").write_bytes(b'{"results": 1}')))


def void(_: object) -> None:
    """Nothing."""


@pytest.mark.parametrize("damage", [truncate, lie, empty, die_before_the_end, move, outdate])
def test_a_damaged_part_is_not_believed(suite: Suite, store: Store, damage: Callable[[Path], None]) -> None:
    base = Base(dict.fromkeys(NAMES, UNSUPPORTED))
    base.complete(BaseRuns(store), replace(suite, names=NAMES[:1]))
    (entry,) = store.find(KIND, key_of_tests(tools("base"), suite))
    base.complete(BaseRuns(store), replace(suite, names=NAMES[1:]))
    base.ran.clear()
    damage(entry)
    for _ in range(2):
        assert outcomes(base.complete(BaseRuns(store), replace(suite, names=NAMES))) == base.outcomes
    assert base.ran == [NAMES[:1]]
    # A run that ends as one that is damaged makes it anew.
    assert len(store.find(KIND, key_of_tests(tools("base"), suite))) == 2


ANY_SUITE = st.builds(
    lambda names, pattern: {"names": tuple(names)} if names else {"pattern": pattern},
    st.lists(st.sampled_from(NAMES), unique=True),
    st.sampled_from(["", "a", "[bc]", "ll$"]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries({name: st.sampled_from(Outcome) for name in NAMES}),
    st.lists(st.tuples(ANY_SUITE, st.booleans()), max_size=6),
)
def test_however_tests_are_selected(
    tmp_path_factory: pytest.TempPathFactory,
    ends: dict[str, Outcome],
    calls: list[tuple[dict[str, Any], bool]],
) -> None:
    """Everyone gets what the base does, and a test with names does not run where it is known."""
    place = tmp_path_factory.mktemp("any")
    (place / "s").mkdir()
    base, store = Base(ends), Store(place / "store")
    bases = BaseRuns(store)
    here: set[str] = set()
    anywhere: set[str] = set()
    for selected, again in calls:
        if again:
            bases, here = BaseRuns(store), set()
        one = replace(Suite(place / "s", 1), **selected)
        base.ran.clear()
        wanted = sorted(one.names or (name for name in NAMES if re.search(one.pattern, name)))
        assert outcomes(base.complete(bases, one)) == {name: ends[name] for name in wanted}
        ran = {name for names in base.ran for name in names}
        if one.names:
            assert ran == set(wanted) - here - anywhere
        here |= {name for name in wanted if ends[name] is not UNRESOLVED}
        anywhere |= {name for name in wanted if ends[name] in (PASS, UNSUPPORTED)}


@pytest.mark.parametrize("what", [{"filecheck": "llvm"}, {"expectations": True}, {"params": (("a", "b"),)}])
def test_a_test_that_is_run_in_another_way_is_another(
    suite: Suite, store: Store, what: dict[str, Any]
) -> None:
    base = Base()
    base.complete(BaseRuns(store), suite)
    base.complete(BaseRuns(store), replace(suite, **what))
    assert base.ran == [NAMES, NAMES]

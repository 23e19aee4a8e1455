"""Series that no test shows: lines say whether any test gets to what they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harness.builders.choose import Pair
from harness.builders.effect import Effect
from harness.builders.request import Built, Side
from harness.check.compare import compare
from harness.check.lines import EnteringTests, ReachByLines
from harness.check.prepare import Prepared
from harness.check.release_maps import ReleaseMaps
from harness.check.unshown import UnshownFinder, is_unshown, list_ran
from harness.llvm import Prebuilt, Release, SourceTree, Toolchain
from harness.model import Comparison, Outcome, Series, SeriesKind
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.reach.changed.unit import Changed
from harness.reach.map.select import ReachMap
from harness.reach.map.table import FunctionTable
from harness.report.changes import SilentChanges
from harness.report.reach import LineReach, Reach, ReachSample
from harness.report.record import NoEffect, Result, SeriesReport
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.store import Store
from tests.check.made import FAIL, PASS, UNSUPPORTED, result, run

NONE = Path("/nonexistent")
BASE = Toolchain("base", "19.1.7", {}, "", "b")
BUILT = Built({}, (), (), "built", 0.0, cached=True)
PAIR = Pair(BUILT, BUILT, "overlay")
SEEN = Reach(("f",), 2, 1)
PLACE, OTHER = "llvm/lib/A.cpp:7", "llvm/lib/B.cpp:9"
NOWHERE = LineReach(2, missed=(PLACE,))


def comparison(base: Outcome = PASS, patched: Outcome = PASS) -> Comparison:
    ours, theirs = (run(result("a.ll", PASS), result("b.ll", end)) for end in (base, patched))
    return compare(ours, theirs, kind=SeriesKind.FIX)


def report(
    found: Comparison | None = None, reach: Reach | None = SEEN, kind: SeriesKind = SeriesKind.FIX
) -> SeriesReport:
    return SeriesReport("demo", "Demo", kind, found or comparison(), reach=reach)


@pytest.mark.parametrize(
    ("one", "unshown"),
    [
        (report(), True),
        (report(comparison(FAIL, FAIL)), True),
        (report(reach=replace(SEEN, why="an initialiser")), True),
        (replace(report(), silent=SilentChanges((), unsteady=("a.ll",))), True),
        (report(reach=replace(SEEN, allowed=True)), True),
        # Something differs: a test got to the change.
        (report(comparison(FAIL, PASS)), False),
        (report(comparison(PASS, FAIL)), False),
        (replace(report(), silent=SilentChanges(("a.ll",))), False),
        # It is not OK anyway.
        (replace(report(), unjudged=("llvm/lib/B.cpp: another host",)), False),
        (report(reach=replace(SEEN, sample=ReachSample(1, ("c.ll",), 1, 1))), False),
        (report(reach=Reach(("f",), 0, 3)), False),
        (report(reach=Reach(("f",), 0, 3, allowed=True)), False),
        # Lines were asked before.
        (report(reach=replace(SEEN, by_functions=9, by_lines=LineReach(9, 2))), False),
        (report(reach=replace(SEEN, by_functions=9, undecided="a directive")), True),
        (report(reach=replace(SEEN, by_functions=9, by_lines=LineReach(9, 0, unsure=2))), True),
        # OK does not rest on what tests reach.
        (report(reach=None), False),
        (report(kind=SeriesKind.MUTANT), False),
        (replace(report(), no_effect=NoEffect("the same", meant=True)), False),
        (report(compare(run(), run(), kind=SeriesKind.FIX)), False),
    ],
)
def test_when_lines_are_asked(one: SeriesReport, unshown: bool) -> None:
    assert is_unshown(one) is unshown


def test_which_tests_ran() -> None:
    """Those with an outcome, of each suite those that are compared."""
    ours, theirs = (Suite(NONE / name, 1) for name in ("ours", "theirs"))
    portions = Portion(ours, ours), Portion(theirs, theirs, frozenset({"c.ll"}))
    first = run(result("a.ll", PASS), result("b.ll", UNSUPPORTED), result("d.ll", FAIL))
    second = run(result("b.ll", PASS), result("c.ll", PASS))
    assert list_ran(portions, [first, second]) == [
        EnteringTests(ours, {"a.ll": PASS, "d.ll": FAIL}),
        EnteringTests(theirs, {"c.ll": PASS}),
    ]


@dataclass
class Finder:
    """Stands for a LineFinder. `asked` are the tests that it looked at."""

    found: ReachByLines
    asked: list[str] = field(default_factory=list)
    progress: Silent = field(default_factory=Silent)

    def look(self, one: Prepared, base: Toolchain, ran: Sequence[EnteringTests]) -> ReachByLines:
        assert (one.side.name, base) == ("demo", BASE)
        self.asked += [name for those in ran for name in those.outcomes]
        return self.found


@dataclass(frozen=True)
class Place:
    """A suite of two tests that ran, and a release without maps."""

    tmp: Path

    @property
    def ran(self) -> list[EnteringTests]:
        suite = Suite(self.tmp / "suite", 1)
        suite.root.mkdir(exist_ok=True)
        (suite.root / "a.ll").write_text("; RUN: llc %s\n")
        return [EnteringTests(suite, {"b.ll": PASS, "a.ll": PASS})]

    def find(self, found: ReachByLines, note: Reach = SEEN, pair: Pair = PAIR) -> Reach:
        prebuilt = Prebuilt(NONE, "19.1.7", NONE, NONE, None, NONE, None, None, "", True, "p", "made up")
        release = Release(prebuilt, SourceTree(self.tmp, "19.1.7", "s", "made up"))
        maps = ReleaseMaps(Store(self.tmp / "store"), release, BASE, Pool(1))
        change = Change("llvm/lib/A.cpp", ChangeKind.MODIFIED)
        series = Series("demo", "Demo", SeriesKind.FIX, ())
        one = Prepared(series, Side("demo", NONE, "d"), (change,), {change.path: "1"}, effect=Effect())
        lines = Finder(found)
        finder = UnshownFinder(lines, lambda *_: Changed(), maps)  # type: ignore[arg-type]  # it is enough
        reach = finder.find(one, pair, BASE, self.ran, note)
        assert lines.asked == (["b.ll", "a.ll"] if pair.builder == "overlay" else [])
        return reach


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(ReleaseMaps, "every", lambda _maps: ReachMap(FunctionTable(), ()))
    return Place(tmp_path)


def found(said: LineReach | None, why: str = "") -> ReachByLines:
    return ReachByLines((), why, said)


def test_a_series_whose_lines_no_test_gets_to_is_unproven_and_names_them(place: Place) -> None:
    reach = place.find(found(NOWHERE))
    assert reach == replace(
        SEEN, by_functions=2, by_lines=NOWHERE, nearest=("a.ll", "b.ll"), run="llc %s", nearest_enter=True
    )
    one = report(reach=reach)
    gap = f"no test that ran gets to {PLACE}"
    assert (one.result, one.reasons) == (
        Result.UNPROVEN,
        (f"{gap}: add one, or name more with --suite",),
    )
    assert reach.lines == (
        "changes 1 function: f",
        "reached by 2 of 3 tests; the others cannot notice it",
        "by functions 2, by lines 0",
        gap,
        "nearest tests, which enter what it changes: a.ll, b.ll",
        "to begin with: RUN: llc %s",
    )
    assert report(reach=replace(reach, allowed=True)).result is Result.OK
    # All tests ran, as the functions are not known; the lines are.
    assert report(reach=place.find(found(NOWHERE), Reach(why="x"))).result is Result.UNPROVEN


def test_one_that_a_test_gets_to_is_ok_and_says_how_many_do(place: Place) -> None:
    reach = place.find(found(LineReach(2, 1, missed=(OTHER,))))
    assert (report(reach=reach).result, reach.nearest) == (Result.OK, ())
    assert reach.lines[2:] == ("by functions 2, by lines 1", f"no test that ran gets to {OTHER}")


def test_where_lines_do_not_tell_the_result_stays(place: Place) -> None:
    reach = place.find(found(None, "llvm/lib/A.cpp: line 7 may matter elsewhere"))
    assert report(reach=reach).result is Result.OK
    assert reach.lines[2:] == ("by functions alone: llvm/lib/A.cpp: line 7 may matter elsewhere",)
    for number, some in ((1, "1 test executes"), (2, "2 tests execute")):
        reach = place.find(found(LineReach(2, 0, number, (PLACE,))))
        assert report(reach=reach).result is Result.OK
        assert reach.lines[2:] == (f"by functions alone: what {some} is not known",)


def test_tests_that_lines_ruled_out_before_count(place: Place) -> None:
    """They told of all but those that ran."""
    before = replace(SEEN, by_functions=300, by_lines=LineReach(300, 0, 2, (PLACE, OTHER)))
    reach = place.find(found(LineReach(2, missed=(OTHER,))), before)
    assert (reach.by_functions, reach.by_lines) == (300, LineReach(300, missed=(OTHER,)))
    assert report(reach=reach).result is Result.UNPROVEN


def test_a_full_build_counts_nothing(place: Place) -> None:
    assert place.find(found(NOWHERE), pair=replace(PAIR, builder="full")) == SEEN

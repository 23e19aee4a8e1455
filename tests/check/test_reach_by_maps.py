"""Tests of a series divided by maps of the release, and LLVM's own tests chosen by them; nothing is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.choose import BuildSetup, Chooser, Pair
from harness.builders.effect import Effect
from harness.builders.request import Built, CompiledSide, CompileError, NeedsFullBuildError, Options, Side
from harness.check import release_maps
from harness.check.hints import read_run_line
from harness.check.job import plan_builds
from harness.check.prepare import Prepared
from harness.check.reach import ReachFinder
from harness.check.release_maps import ReleaseMaps
from harness.check.select import PlannedRuns
from harness.check.upstream import UpstreamChoice, UpstreamChooser
from harness.llvm import Prebuilt, Release, SourceTree, Toolchain
from harness.mapping.folders import MappableFolder
from harness.model import Outcome, Run, Series, SeriesKind
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.reach.changed.unit import Changed, Undecided
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import write_map
from harness.reach.map.store import MappedRelease, Maps
from harness.reach.names import FunctionName
from harness.report.reach import UpstreamReach
from harness.runner import llvm_tests, runs
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import Portion, Selection, SuiteOptions
from harness.store import Store, digest

F, G, MAIN = (FunctionName("", name) for name in ("_Z1fv", "_Z1gv", "main"))
LOCAL = FunctionName("A.cpp", "_ZL5localv")
NAMES = (F, G, MAIN, LOCAL)
X86 = "llvm/test/CodeGen/X86"
OWN = {"both.ll": (F, MAIN), "none.ll": (MAIN,), "off.ll": None, "other.ll": (G, MAIN)}
LLVMS = {
    f"{X86}/asm.ll": (F, G, LOCAL, MAIN),
    f"{X86}/g.ll": (G, MAIN),
    f"{X86}/near.ll": (F, MAIN),
    f"{X86}/off.ll": None,
    "llvm/test/MC/far.s": (F,),
}
CHANGE = Change("llvm/lib/Target/X86/A.cpp", ChangeKind.MODIFIED)


class Place:
    """A store with maps of a suite and of LLVM's tests, and a series of one file."""

    def __init__(self, tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.tree = Store(tmp / "store"), tmp / "source"
        self.root = tmp / "lit-tests"
        self.root.mkdir()
        for name in OWN:
            (self.root / name).write_text(f"; {name}")
        for name in LLVMS:
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(f"; RUN: {'llvm-mc' if name.endswith('.s') else 'llc'} %s {name}")
        none = Path("/dev/null")
        prebuilt = Prebuilt(none, "19.1.7", none, none, None, none, None, None, "", True, "p", "made up")
        self.release = Release(prebuilt, SourceTree(self.tree, "19.1.7", "s", "made up"))
        self.tools = Toolchain("made-up", "19.1.7", {"llc": none}, "made up", "release")
        # What the series changes, instead of objects that tell it; what keeps these from being compiled.
        self.changed = Changed(frozenset({F}))
        self.refuses: Exception | None = None
        self.suite = Suite(self.root, 1)
        self.on_base = 0
        self.maps = ReleaseMaps(self.store, self.release, self.tools, Pool(1))
        self.make("lit-tests", OWN, MappableFolder("lit-tests", self.suite, tuple(OWN)).shared)
        monkeypatch.setattr(runs, "names", lambda *_: tuple(sorted(OWN)))
        monkeypatch.setattr(release_maps, "unpack_shipped", lambda *_: None)
        monkeypatch.setattr(llvm_tests, "suite", self.llvms)

    def make(
        self, folder: str, tests: Mapping[str, tuple[FunctionName, ...] | None], suite: str = ""
    ) -> None:
        """Keep a map; a test without functions does not run on the release."""
        maps = Maps(self.store, MappedRelease.of(self.release))
        table = maps.grow(NAMES)
        places = table.places(NAMES)
        which = MappableFolder(folder, self.suite, tuple(tests))
        found = [
            WatchedTest(
                name,
                Outcome.UNSUPPORTED if entered is None else Outcome.PASS,
                {"llc": frozenset(places[one] for one in entered)} if entered else {},
                content=which.content(name) if folder == "lit-tests" else "",
            )
            for name, entered in tests.items()
        ]
        shared = suite or digest("s", folder.removeprefix("upstream:"))
        made = Origin("19.1.7", maps.release.identity, folder, shared, "made", len(table), table.digest)
        maps.put(folder, write_map(made, found))

    def make_llvms(self) -> None:
        for folder in ("CodeGen/X86", "MC"):
            below = f"llvm/test/{folder}/"
            tests = {name: entered for name, entered in LLVMS.items() if name.startswith(below)}
            self.make(f"upstream:{folder}", tests)

    def llvms(
        self, _tools: Toolchain, tree: Path, inputs: Sequence[str], *, jobs: int, identity: str
    ) -> Suite:
        return Suite(
            tree / "llvm/test", jobs, inputs=tuple(inputs), site="s", prefix="llvm/test/", identity=identity
        )

    def find(self, _base: object, _patched: object) -> Changed:
        return self.changed

    def compile(self, _one: Prepared) -> tuple[CompiledSide, CompiledSide]:
        if self.refuses is not None:
            raise self.refuses
        return CompiledSide(()), CompiledSide(())

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        raise AssertionError(tasks)

    def finder(self) -> ReachFinder:
        return ReachFinder(self.store, self.release, self.run, Silent(), self.find, self.maps)

    def choose(
        self, most: int = 200, selected: Selection | None = None, pattern: str = "", text: str = ""
    ) -> UpstreamChoice:
        asked = SuiteOptions((self.suite,), pattern=pattern, text=text, reached=True, most=most)
        return self.chooser(asked, selected or Selection(())).choose(series())

    def chooser(self, asked: SuiteOptions, selected: Selection) -> UpstreamChooser:
        return UpstreamChooser(self.compile, self.find, self.maps, asked, selected, Silent())


def series(kind: SeriesKind = SeriesKind.FIX, name: str = "demo") -> Prepared:
    one = Series(name, "Demo", kind, ())
    side = Side(name, Path("/nowhere"), name)
    return Prepared(one, side, (CHANGE,), {CHANGE.path: "1"}, effect=Effect())


BUILT = Built({}, (), (), "built", 0.0, cached=True)
PAIR = Pair(BUILT, BUILT, "overlay")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def names(tests: Iterable[str]) -> list[str]:
    return sorted(name.rpartition("/")[2] for name in tests)


# -- tests of a suite


def divided(place: Place, *portions: Portion, choice: UpstreamChoice | None = None) -> tuple[list[str], ...]:
    found = place.finder()(series(), PAIR, place.tools, PlannedRuns(portions), choice)
    assert found.note is not None
    assert found.note.why == ""
    assert found.keep is not None
    assert found.note.unreached == len(found.unreached)
    return (*map(names, found.keep), names(result.name for result in found.unreached))


def test_a_map_of_the_release_divides_a_suite_and_nothing_runs_for_it(place: Place) -> None:
    whole = Portion(place.suite, place.suite)
    assert divided(place, whole) == (["both.ll", "off.ll"], ["none.ll", "other.ll"])
    filtered = replace(place.suite, pattern="^o|none")
    assert divided(place, Portion(filtered, filtered)) == (["off.ll"], ["none.ll", "other.ll"])
    named = replace(place.suite, names=("both.ll", "other.ll"))
    assert divided(place, Portion(named, named)) == (["both.ll"], ["other.ll"])
    (place.root / "none.ll").write_text("; another test")
    place.maps = ReleaseMaps(place.store, place.release, place.tools, Pool(1))
    assert divided(place, whole) == (["both.ll", "none.ll", "off.ll"], ["other.ll"])


def test_where_a_map_cannot_tell_base_is_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def watch(*_: object) -> None:
        asked.append("base")
        raise AssertionError

    monkeypatch.setattr(ReachFinder, "watch", watch)
    place.changed = Changed(frozenset({FunctionName("", "_Z4gonev")}))
    whole = Portion(place.suite, place.suite)
    with pytest.raises(AssertionError):
        divided(place, whole)
    place.changed = Changed(frozenset({F}))
    other = replace(place.suite, root=place.root.parent / "other-tests")
    with pytest.raises(AssertionError):
        divided(place, Portion(other, other))
    assert asked == ["base", "base"]


def test_tests_chosen_for_it_are_told_apart(place: Place) -> None:
    place.make_llvms()
    choice = place.choose()
    assert choice.portion is not None
    parts = PlannedRuns((Portion(place.suite, place.suite), choice.portion))
    note = place.finder()(series(), PAIR, place.tools, parts, choice).note
    assert note is not None
    assert (note.reached, note.unreached, note.upstream) == (1, 2, UpstreamReach(4, 3, 3))


def test_a_folder_of_llvms_is_divided_by_its_map(place: Place) -> None:
    place.make_llvms()
    suite = place.llvms(place.tools, place.tree, ["CodeGen/X86"], jobs=1, identity="s")
    found = frozenset(name for name in LLVMS if name.startswith(X86))
    assert divided(place, Portion(suite, suite, found)) == (["asm.ll", "near.ll", "off.ll"], ["g.ll"])


# -- LLVM's own tests


def test_the_nearest_of_llvms_tests_are_chosen(place: Place) -> None:
    place.make_llvms()
    choice = place.choose()
    assert names(choice.names) == ["asm.ll", "far.s", "near.ll"]
    assert (choice.note, choice.tools) == (UpstreamReach(4, 3, 3), frozenset({"llc", "llvm-mc"}))
    assert choice.portion is not None
    assert choice.portion.whole.names == tuple(sorted(choice.names))
    two = place.choose(most=2)
    assert (names(two.names), two.note) == (["asm.ll", "near.ll"], UpstreamReach(4, 3, 2))
    assert names(place.choose(most=1).names) == ["near.ll"]
    added = two.add_to(Selection((place.suite,)))
    assert (added.suites, added.llvm_tests) == ((place.suite,), (two.portion,))


def test_the_options_leave_tests_out(place: Place) -> None:
    place.make_llvms()
    assert (found := place.choose(pattern="near|g[.]")).note == UpstreamReach(2, 1, 1)
    assert names(found.names) == ["near.ll"]
    assert names(place.choose(text="%s .*far").names) == ["far.s"]
    suite = place.llvms(place.tools, place.tree, ["CodeGen/X86"], jobs=1, identity="s")
    already = Selection((), (Portion(suite, suite, frozenset({f"{X86}/near.ll"})),))
    assert names(place.choose(selected=already).names) == ["asm.ll", "far.s"]


def test_tests_that_may_enter_it_are_counted(place: Place) -> None:
    place.make_llvms()
    place.changed = Changed(frozenset({F, FunctionName("", "_Z4gonev")}))
    assert place.choose().note == UpstreamReach(4, 3, 3, unknown=1)
    place.changed = Changed(frozenset({G}), everything=(Undecided("A.cpp", "an initialiser"),))
    assert place.choose().note == UpstreamReach(4, 2, 2, unknown=2)


def test_what_no_test_of_llvms_enters_chooses_none(place: Place) -> None:
    place.make_llvms()
    place.changed = Changed()
    choice = place.choose()
    assert (choice.note, choice.portion, choice.names) == (UpstreamReach(4), None, frozenset())
    nothing = Selection(())
    assert choice.add_to(nothing) is nothing


def test_maps_of_another_source_or_inside_others_do_not_count(place: Place) -> None:
    place.make("upstream:MC", {"llvm/test/MC/far.s": (F,)}, "another")
    place.make("upstream:CodeGen/X86", {f"{X86}/near.ll": (F,)})
    place.make("upstream:CodeGen/X86/GlobalISel", {f"{X86}/GlobalISel/a.ll": (F,)})
    found = place.maps.upstream()
    assert [one.origin.folder for one in found.maps.folders] == ["upstream:CodeGen/X86"]
    assert found.missing == ("upstream:MC",)
    assert set(place.maps.upstream_names()) == {f"{X86}/near.ll"}


# -- what no test reaches


def test_the_nearest_tests_help_where_none_reaches_the_series(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.make_llvms()
    (place.tree / X86 / "g.ll").write_text("; RUN: llc < %s \\\n; RUN:   | FileCheck %s\n; RUN: opt\n")
    monkeypatch.setattr("harness.check.reach.list_functions", lambda *_: frozenset({G}))
    place.changed = Changed()
    parts = PlannedRuns((Portion(place.suite, place.suite),))
    note = place.finder()(series(), PAIR, place.tools, parts).note
    assert note is not None
    assert (note.is_none, note.nearest) == (True, (f"{X86}/g.ll", f"{X86}/asm.ll", "other.ll"))
    assert note.run == "llc < %s | FileCheck %s"
    assert note.lines[-2:] == (
        f"nearest tests, which enter other functions of its sources: {X86}/g.ll, {X86}/asm.ll, other.ll",
        "to begin with: RUN: llc < %s | FileCheck %s",
    )
    # One that a test reaches needs no help.
    place.changed = Changed(frozenset({F}))
    note = place.finder()(series(), PAIR, place.tools, parts).note
    assert note is not None
    assert (note.is_none, note.nearest) == (False, ())


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("; RUN: llc %s\n; RUN: opt", "llc %s"),
        ("# RUN:  llc \\\n# RUN:   -O0 \\\n# RUN: %s\n", "llc -O0 %s"),
        ("; RUNNING: x", ""),
        ("; RUN: llc \\", "llc"),
    ],
)
def test_the_first_command_of_a_test(text: str, run: str) -> None:
    assert read_run_line(text) == run


def test_that_there_is_no_map_is_said_with_how_to_make_one(place: Place) -> None:
    assert place.maps.describe_gaps() == (
        "LLVM's own tests did not run: no map says what they enter; make one with "
        "'harness reach build --llvm 19 --suite upstream:CodeGen/X86'",
    )
    place.make_llvms()
    place.maps = ReleaseMaps(place.store, place.release, place.tools, Pool(1))
    assert place.maps.describe_gaps() == ()
    for path in place.store.root.rglob("upstream*MC.reach"):
        path.write_bytes(b"damaged")
    place.maps = ReleaseMaps(place.store, place.release, place.tools, Pool(1))
    (said,) = place.maps.describe_gaps()
    assert said.startswith("the map of upstream:MC: ")
    assert said.endswith("; 'harness reach build' makes it again")


def test_a_series_that_does_not_compile_is_not_compiled_again(place: Place) -> None:
    place.make_llvms()
    place.refuses = CompileError("A.cpp does not compile", "mend it")
    choice = place.choose()
    assert choice.failure is place.refuses
    assert (choice.note, choice.portion) == (UpstreamReach(why="A.cpp does not compile"), None)


# -- before the build


def planned(place: Place, monkeypatch: pytest.MonkeyPatch, *all_series: Prepared) -> dict[str, UpstreamReach]:
    place.make_llvms()
    made: list[frozenset[str]] = []
    setup = BuildSetup(place.store, place.release, Options(tools=frozenset({"llc"})))

    class Linking(Chooser):
        def __init__(self, setup: BuildSetup, *_: object) -> None:
            made.append(setup.options.tools)

    def choosing(_chooser: Chooser) -> UpstreamChooser:
        return place.chooser(SuiteOptions((place.suite,), reached=True), Selection(()))

    monkeypatch.setattr("harness.check.job.Chooser", Linking)
    monkeypatch.setattr("harness.check.job.find_same", lambda *_: None)
    found = plan_builds(setup, all_series, choosing, Silent())
    assert made[0] == {"llc"}
    assert made[1:] == ([{"llc", "llvm-mc"}] if any(one.names for one in found.choices.values()) else [])
    return {name: choice.note for name, choice in found.choices.items()}


def test_what_the_chosen_tests_run_is_built(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert planned(place, monkeypatch, series(), series(SeriesKind.MUTANT, "mistake")) == {
        "demo": UpstreamReach(4, 3, 3)
    }


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NeedsFullBuildError("too much", "build it in full"), "it is built in full"),
        (KeyError("x"), re.compile("KeyError")),
    ],
)
def test_what_keeps_them_from_being_chosen_is_said(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str | re.Pattern[str]
) -> None:
    place.refuses = error
    (note,) = planned(place, monkeypatch, series()).values()
    assert re.search(why, note.why)
    assert note == UpstreamReach(why=note.why)

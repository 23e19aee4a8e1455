"""The steps of a check for one series: what is built and run for it, and what need not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness.builders.choose import BuildSetup, Chooser
from harness.builders.effect import Effect
from harness.builders.full import Full
from harness.builders.overlay import Overlay
from harness.builders.request import Built, CompileError, NeedsFullBuildError, Options, Side
from harness.builders.same import Text
from harness.check.job import PlannedBuilds, judge_series
from harness.check.judge import Judge
from harness.check.prepare import Prepared
from harness.check.upstream import UpstreamChoice
from harness.errors import UsageError
from harness.llvm import Prebuilt, Release, SourceTree, Toolchain
from harness.model import Claim, ClaimKind, Outcome, Run, Series, SeriesKind, TestResult
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.report.reach import UpstreamReach
from harness.report.record import NoEffect, Result, SeriesReport
from harness.runner import llvm_tests
from harness.runner.runs import Suite
from harness.runner.selection import Selection
from harness.runner.sources import SourceChangedError
from harness.store import Store

NEW = "llvm/test/CodeGen/X86/new.ll"
WHY = "only documentation and comments change"


class Bench:
    """Builders whose overlays note which side they build, and a judge that notes what it runs."""

    def __init__(self, tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tmp = tmp
        self.built: list[str] = []
        self.ran: list[tuple[str, ...]] = []
        self.same, self.text = False, Text("llvm/lib/A.cpp", ())
        for side in ("base", "patched"):
            (tmp / side / "llvm/test").mkdir(parents=True)
        (tmp / "suite").mkdir()

        def build(_overlay: Overlay, side: Side, _changed: Mapping[str, str]) -> Built:
            self.built.append(side.name)
            lost = ("llvm/lib/Windows.inc: for another host", "llvm/lib/Theirs.inc: for another host")
            same = self.same and side.name != "base"
            return Built({}, (), (), side.name, 0.0, cached=True, unjudged=lost, same=same)

        def suite(_tools: Toolchain, tree: Path, names: Sequence[str], **_options: object) -> Suite:
            return Suite(tree / llvm_tests.TESTS, 1, filecheck="llvm", inputs=tuple(names), site="site")

        monkeypatch.setattr(Overlay, "build", build)
        monkeypatch.setattr(Overlay, "same_text", lambda *_: self.text)
        monkeypatch.setattr(llvm_tests, "suite", suite)
        tools = Toolchain("release", "19.1.7", {"llc": Path("/bin/llc")}, "made up", "r")
        selected = Selection((Suite(tmp / "suite", 1),))
        base = Side("base", tmp / "base", "base")
        self.judge = Judge(
            Store(tmp / "store"), tools, base, selected, Silent(), self.run, features=lambda _: frozenset()
        )
        self.builder = ""

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        runs = []
        for toolchain, suite in tasks:
            names = suite.names or suite.inputs or ("a.ll",)
            self.ran.append(names)
            runs.append(Run(toolchain.name, tuple(TestResult(n, Outcome.PASS, 0.1) for n in names), 0.1))
        return runs

    def patched(self, effect: Effect, *changes: Change, series: Series | None = None) -> Prepared:
        one = series or Series("demo", "Demo", SeriesKind.FIX, (), remarks=("alone",))
        side = Side("demo", self.tmp / "patched", "p")
        return Prepared(one, side, changes, {c.path: "1" for c in changes}, ("an offset",), effect=effect)

    def report(self, one: Prepared, *others: Prepared, choice: UpstreamChoice | None = None) -> SeriesReport:
        """What comes of a series, in a call with others; `choice` was made for it before."""
        prebuilt = Prebuilt(
            *(self.tmp, "19.1.7", Path("/bin/cc"), Path("/bin/c++"), None, self.tmp, None, None, "", False),
            *("id", "made up"),
        )
        (self.tmp / "lib/cmake/llvm").mkdir(parents=True, exist_ok=True)
        (self.tmp / "lib/cmake/llvm/LLVMConfig.cmake").write_text(
            "set(LLVM_ALL_TARGETS X86)\nset(LLVM_TARGETS_TO_BUILD X86)\n"
        )
        source = SourceTree(self.tmp / "base", "19.1.7", "base", "made up")
        setup = BuildSetup(Store(self.tmp / "store"), Release(prebuilt, source), Options())
        chooser = Chooser(setup, [one, *others], Silent())
        planned = PlannedBuilds(chooser, {} if choice is None else {one.side.identity: choice})
        report, self.builder = judge_series(one.series, one, planned, self.judge)
        return report


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_documentation_costs_neither_a_build_nor_a_test(bench: Bench) -> None:
    one = bench.patched(Effect(inert=True, meant=True, remarks=("not judged, documentation: x",)))
    report = bench.report(one)
    assert (bench.built, bench.ran, bench.builder) == ([], [], "none")
    assert report.no_effect == NoEffect(WHY, meant=True)
    assert (report.ok, report.result) == (True, Result.NO_EFFECT)
    assert report.remarks == ("alone", "an offset", "not judged, documentation: x")


def test_code_that_nobody_here_judges_is_red(bench: Bench) -> None:
    lost = ("llvm/utils/lit/lit/main.py: lit's own Python: tests are run by the harness's lit",)
    one = bench.patched(Effect(inert=True, unjudged=lost))
    report = bench.report(one)
    assert (bench.built, report.ok) == ([], False)
    assert report.reasons == ("nothing that is compiled changes", *lost)


def test_tests_that_a_series_adds_run_and_no_others(bench: Bench) -> None:
    (bench.tmp / "patched" / NEW).parent.mkdir(parents=True)
    (bench.tmp / "patched" / NEW).write_text("; RUN: true\n")
    one = bench.patched(Effect(inert=True, meant=True, tests=True), Change(NEW, ChangeKind.ADDED))
    report = bench.report(one)
    assert set(bench.built) == {"base"}  # both sides are base
    assert set(bench.ran) == {(NEW,)}
    assert [v.name for v in report.verdicts] == [NEW]
    assert (report.result, report.no_effect) == (Result.OK, NoEffect(WHY, meant=True))


def test_a_change_below_the_tests_that_reaches_none_is_no_verdict_on_tests(bench: Bench) -> None:
    change = Change("llvm/test/CodeGen/X86/Inputs/a", ChangeKind.ADDED)
    one = bench.patched(Effect(inert=True, meant=True, tests=True), change)
    report = bench.report(one)
    assert (report.comparison, report.result) == (None, Result.NO_EFFECT)
    assert bench.ran == []


@pytest.mark.parametrize(
    "series",
    [
        Series("demo", "Demo", SeriesKind.FIX, (), claims=(Claim(ClaimKind.FIXES, "a.ll"),)),
        Series("demo", "Demo", SeriesKind.MUTANT, ()),
    ],
)
def test_what_has_to_show_in_tests_is_run(bench: Bench, series: Series) -> None:
    one = bench.patched(Effect(inert=True, meant=True), series=series)
    report = bench.report(one)
    assert report.result is Result.NOT_OK
    assert bench.ran


def test_what_a_build_says_of_other_series_is_not_said_of_this_one(bench: Bench) -> None:
    mine = Change("llvm/lib/Windows.inc", ChangeKind.MODIFIED)
    one = bench.patched(Effect(unjudged=("clang/A.cpp: left out",)), mine)
    other = bench.patched(Effect(), Change("llvm/lib/Theirs.inc", ChangeKind.MODIFIED))
    report = bench.report(one, other)
    assert report.unjudged == ("clang/A.cpp: left out", "llvm/lib/Windows.inc: for another host")
    assert (report.result, report.ok) == (Result.NOT_JUDGED, False)


def test_a_unit_test_that_is_compiled_alone_is_not_judged(bench: Bench) -> None:
    """LLVM's tools are the same on both sides: no test is run on them."""
    path = "llvm/lib/Windows.inc"  # stands for a unit test that does not link without others
    one = bench.patched(Effect(unit_tests=True), Change(path, ChangeKind.MODIFIED))
    report = bench.report(one)
    assert (bench.ran, report.comparison, report.no_effect) == ([], None, None)
    assert (report.result, report.reasons) == (Result.NOT_JUDGED, (f"{path}: for another host",))


def test_nothing_is_judged_on_a_source_that_a_test_wrote_to(bench: Bench) -> None:
    """Neither the series whose test it was, nor those after it."""
    one, other = bench.patched(Effect(), CODE), bench.patched(Effect(), CODE)

    def run(_tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        bench.ran.append(("x.ll",))
        raise SourceChangedError("llvm/lib/A.cpp: changed", "run it again")

    bench.judge.runner = run
    for each in (one, other):
        assert bench.report(each).error == "llvm/lib/A.cpp: changed\nnext: run it again"
    assert bench.ran == [("x.ll",)]


@pytest.mark.parametrize("fails", [False, True])
def test_a_source_that_a_test_wrote_to_is_found_when_the_series_ends(bench: Bench, *, fails: bool) -> None:
    """Whatever became of the series: nothing can be built of it for the next one."""
    one, other = bench.patched(Effect(), CODE), bench.patched(Effect(), CODE)
    watch, tree = bench.judge.watch, bench.tmp / "base"

    def run(tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        watch.begin([tree], lambda _: ())
        (tree / "llvm/lib.cpp").write_text("written")
        if fails:
            raise UsageError("no room", "make some")
        return bench.run(tasks)

    bench.judge.runner = run
    for each in (one, other):
        report = bench.report(each)
        assert str(report.error).startswith("llvm/lib.cpp: changed while LLVM's own tests ran: ")
    assert bench.judge.spoiled is not None


def test_a_series_alone_has_the_room_that_several_have_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What units of other tools may read is compiled, if only those that this series touches are few."""
    plain = Overlay.build

    def build(overlay: Overlay, side: Side, changed: Mapping[str, str]) -> Built:
        if overlay.options.all_readers:
            raise NeedsFullBuildError("too many", "use less", "")
        return plain(overlay, side, changed)

    monkeypatch.setattr(Overlay, "build", build)
    one, other = bench.patched(Effect(), WINDOWS), bench.patched(Effect(), CODE)
    assert bench.report(one, other).reasons == ("llvm/lib/Windows.inc: for another host",)
    assert (bench.built, bench.builder) == (["base", "demo"], "overlay")
    assert bench.report(one).result is Result.NOT_JUDGED
    assert bench.built == ["base", "demo"] * 2


CODE = Change("llvm/lib/A.cpp", ChangeKind.MODIFIED)
WINDOWS = Change("llvm/lib/Windows.inc", ChangeKind.MODIFIED)


def test_the_same_text_is_not_compiled(bench: Bench) -> None:
    bench.text = Text("", ())
    one = bench.patched(Effect(), CODE)
    report = bench.report(one)
    assert (bench.built, bench.ran) == ([], [])
    assert report.conclusion == "no effect: what is compiled is the same"
    assert not report.ok
    moved = bench.patched(Effect(meant=True), CODE)  # white space, say
    assert bench.report(moved).ok


def test_what_nobody_compiled_is_not_called_the_same(bench: Bench) -> None:
    bench.text = Text("", ("llvm/lib/Windows.inc: for another host", "llvm/lib/Theirs.inc: for another host"))
    one = bench.patched(Effect(), CODE, WINDOWS)
    report = bench.report(one)
    assert (report.result, report.no_effect, report.ok) == (Result.NOT_JUDGED, None, False)
    assert report.reasons == ("llvm/lib/Windows.inc: for another host",)


def test_the_same_objects_need_no_tests(bench: Bench) -> None:
    bench.same = True
    one = bench.patched(Effect(), CODE)
    report = bench.report(one)
    assert (bench.built, bench.ran) == (["base", "demo"], [])
    assert report.conclusion == "no effect: the objects are the same"
    assert [note.name for note in report.builds] == ["base", "demo"]


def test_code_that_changes_is_built_and_tested(bench: Bench) -> None:
    one = bench.patched(Effect(meant=True), CODE)
    report = bench.report(one)
    assert (report.result, report.no_effect) == (Result.OK, None)
    assert (bench.built, bench.ran) == (["base", "demo"], [("a.ll",), ("a.ll",)])


def test_a_full_build_is_told_in_the_report(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is not shown in CI; the number that would do is."""
    error = NeedsFullBuildError("77 units include it", "use --max-units 77, or --builder full", "A.h\nB.h")
    error.enough = 77

    def refuse(*_: object) -> Built:
        raise error

    def build(_full: Full, side: Side, _changed: Mapping[str, str]) -> Built:
        return Built({}, (), ("full build",), side.name, 0.0, cached=True)

    monkeypatch.setattr(Overlay, "build", refuse)
    monkeypatch.setattr(Full, "build", build)
    one = bench.patched(Effect(), CODE)
    report = bench.report(one)
    why = "needs a full build: 77 units include it: A.h, B.h; --max-units 77 would avoid it"
    assert (report.remarks[-1], bench.builder) == (why, "full")


def test_what_did_not_compile_before_is_not_built(bench: Bench) -> None:
    failure = CompileError("A.cpp does not compile", "mend it")
    choice = UpstreamChoice(UpstreamReach(why=failure.what), failure=failure)
    one = bench.patched(Effect(), Change("llvm/lib/A.cpp", ChangeKind.MODIFIED))
    report = bench.report(one, choice=choice)
    assert (report.error.splitlines()[0], report.error.exit_code) == ("A.cpp does not compile", 3)
    assert (bench.built, bench.ran, bench.builder) == ([], [], "overlay")

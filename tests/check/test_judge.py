"""The verdict on one series, with runs that are made up: what is run again, kept, checked twice, lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.builders.choose import BuildFailure, Pair
from harness.builders.request import Built, CompileError, Diagnostic, Side
from harness.check import select
from harness.check.base_runs import BaseRuns
from harness.check.judge import Judge, is_upstream_test
from harness.check.prepare import Prepared
from harness.errors import EXIT_PATCH, EnvironmentLacksError, PatchError
from harness.llvm import Toolchain
from harness.model import (
    Claim,
    ClaimKind,
    LeftOut,
    Outcome,
    Output,
    Run,
    Series,
    SeriesKind,
    TestResult,
    Verdict,
)
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.report.record import SeriesReport
from harness.runner import llvm_tests
from harness.runner.runs import Suite
from harness.runner.selection import Selection
from harness.store import Store

# (side, FileCheck, test, how often it was asked so far) -> outcome
Says = Callable[[str, str, str, int], Outcome]
UPSTREAM = "llvm/test/CodeGen/X86/new.ll"
UNIT = "llvm/lib/X.cpp"


def steady(base: Outcome, patched: Outcome) -> Says:
    return lambda side, _which, _test, _count: base if side == "base" else patched


@dataclass
class Bench:
    """A judge over a suite of made-up tests; `asked` are the runs: side, FileCheck and names (all: none)."""

    tmp: Path
    monkeypatch: pytest.MonkeyPatch
    says: Says = field(default=steady(Outcome.PASS, Outcome.PASS))
    writes: Callable[[str, str, int], str] = lambda _side, _test, _count: ""
    tools: tuple[str, ...] = ("llc", "FileCheck")
    asked: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.tmp / "suite"
        self.root.mkdir()
        (self.root / "lit.cfg.py").write_text("# a suite\n")
        for name in ("a.ll", "b.ll"):
            (self.root / name).write_text("; a test\n")
        for side in ("base", "patched"):
            (self.tmp / side).mkdir()
        release = Toolchain("release", "19.1.7", {t: Path("/bin", t) for t in self.tools}, "made up", "r")
        selected = Selection((Suite(self.root, 1),))
        base = Side("base", self.tmp / "base", "b")
        self.judge = Judge(
            Store(self.tmp / "store"),
            release,
            base,
            selected,
            Silent(),
            self.run,
            features=lambda _: frozenset(),
        )

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        return [self.run_one(*task) for task in tasks]

    def run_one(self, toolchain: Toolchain, suite: Suite) -> Run:
        side = "base" if toolchain.name == "base" else "patched"
        self.asked.append((side, suite.filecheck, suite.names))
        results = []
        for name in suite.names or self.all_of(suite):
            key = (side, suite.filecheck, name)
            self.counts[key] = self.counts.get(key, 0) + 1
            outcome = self.says(side, suite.filecheck, name, self.counts[key])
            wrote = self.writes(side, name, self.counts[key])
            outputs = (Output("llc", 1, "stdout", wrote, 1, wrote),) if suite.outputs else ()
            said = f"{side} {suite.filecheck} said so"
            results.append(TestResult(name, outcome, 0.1, output=said, wrote=wrote, outputs=outputs))
        return Run(toolchain.name, tuple(results), 1.0)

    def all_of(self, suite: Suite) -> tuple[str, ...]:
        """The names of a suite's tests: of ours, or of LLVM's."""
        return suite.inputs if suite.site else ("a.ll", "b.ll")

    def report(
        self,
        *claims: Claim,
        changes: tuple[Change, ...] = (Change(UNIT, ChangeKind.MODIFIED),),
        kind: SeriesKind = SeriesKind.FIX,
    ) -> SeriesReport:
        series = Series("demo", "Demo", kind, (), claims=claims)
        one = Prepared(series, Side("demo", self.tmp / "patched", "p"), changes, {UNIT: "1"}, ("a remark",))
        return self.judge.report(one, Pair(self.build("base"), self.build("demo"), "overlay"))

    def build(self, side: str) -> Built:
        return Built({"llc": Path("/bin", side)}, (UNIT,), (), side, 1.0, cached=False)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def verdicts(report: SeriesReport) -> dict[str, Verdict]:
    return {v.name: v.verdict for v in report.verdicts}


def test_what_did_not_change_is_run_once(bench: Bench) -> None:
    report = bench.report()
    assert report.ok
    assert verdicts(report) == {"a.ll": Verdict.PASSES, "b.ll": Verdict.PASSES}
    assert bench.asked == [("base", "pypi", ()), ("patched", "pypi", ())]
    assert [(note.name, note.notes) for note in report.builds] == [("base", ()), ("demo", ())]
    unseen = "none of the 2 tests that ran shows the patch: they end with it as they do without"
    assert report.remarks == ("a remark", unseen)


def test_what_changed_is_run_again_and_checked_by_both(bench: Bench) -> None:
    bench.says = lambda side, _w, test, _n: Outcome.FAIL if (side, test) == ("base", "a.ll") else Outcome.PASS
    report = bench.report()
    assert verdicts(report) == {"a.ll": Verdict.FIXED, "b.ll": Verdict.PASSES}
    assert bench.asked[2:] == [("base", "both", ("a.ll",)), ("patched", "both", ("a.ll",))] * 2


def test_what_a_claim_rests_on_is_run_again_though_it_did_not_change(bench: Bench) -> None:
    report = bench.report(Claim(ClaimKind.FIXES, "b*.ll"))
    assert verdicts(report) == {"a.ll": Verdict.PASSES, "b.ll": Verdict.VACUOUS}
    assert not report.ok
    assert {names for _, _, names in bench.asked[2:]} == {("b.ll",)}


def test_two_filechecks_that_disagree_prove_nothing(bench: Bench) -> None:
    """They are given the same text (suite/shell.py), and a test that they disagree on has no answer."""

    def says(side: str, which: str, test: str, _count: int) -> Outcome:
        if test == "a.ll" and (side, which) == ("patched", "both"):
            return Outcome.UNRESOLVED
        return Outcome.FAIL if (side, test) == ("base", "a.ll") else Outcome.PASS

    bench.says = says
    report = bench.report(Claim(ClaimKind.FIXES, "a.ll"))
    found = next(v for v in report.verdicts if v.name == "a.ll")
    assert (found.verdict, found.patched.outcome) == (Verdict.UNRESOLVED, Outcome.UNRESOLVED)
    assert (found.note, found.patched.output) == ("patched: patched both said so", "patched both said so")
    assert not report.ok


def test_without_llvms_filecheck_pypis_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, monkeypatch, steady(Outcome.FAIL, Outcome.PASS), tools=("llc",))
    assert set(verdicts(bench.report()).values()) == {Verdict.FIXED}
    assert {which for _, which, _ in bench.asked} == {"pypi"}


@pytest.mark.parametrize("last", [1, 2])
@pytest.mark.parametrize("flaky", ["base", "patched"])
def test_outcomes_that_do_not_repeat_are_flaky(bench: Bench, flaky: str, last: int) -> None:
    """Those of the first repeat, and of the second."""

    def says(side: str, which: str, test: str, count: int) -> Outcome:
        if test == "b.ll":
            return Outcome.PASS
        changed = which == "both" and count == last and side == flaky
        fails = (side == "base") is not changed
        return Outcome.FAIL if fails else Outcome.PASS

    bench.says = says
    report = bench.report(Claim(ClaimKind.FIXES, "a.ll"))
    assert verdicts(report)["a.ll"] is Verdict.FLAKY
    assert not report.ok


def test_the_base_is_run_once_for_all(bench: Bench) -> None:
    first = bench.report()
    second = bench.report()
    assert [side for side, _, _ in bench.asked] == ["base", "patched", "patched"]
    assert verdicts(second) == verdicts(first)


def test_a_part_of_a_suite_that_was_run_as_a_whole_is_not_run_again(bench: Bench) -> None:
    bench.says = lambda _s, _w, test, _n: Outcome.TIMEOUT if test == "a.ll" else Outcome.PASS
    bench.report()
    asked = len(bench.asked)
    for pattern, left in (("^b", []), ("^a", [("base", "pypi", ("a.ll",))])):
        bench.judge.bases = BaseRuns(bench.judge.store)
        bench.judge.selected = Selection((Suite(bench.root, 1, pattern=pattern),))
        bench.report()
        assert bench.asked[asked:-1] == left
        asked = len(bench.asked)


def test_an_edited_suite_is_run_anew(bench: Bench) -> None:
    bench.report()
    (bench.root / "b.ll").write_text("; edited\n")
    bench.report()
    assert [side for side, _, names in bench.asked if not names] == ["base", "patched"] * 2


# -- LLVM's own tests


def with_upstream(bench: Bench) -> None:
    """Let LLVM's tests be one suite that `run` knows by its configuration."""

    def make_tree(_base: Path, _patched: Path, touched: list[str], target: Path) -> None:
        assert UPSTREAM in touched
        (target / UPSTREAM).parent.mkdir(parents=True)
        (target / UPSTREAM).write_text("; a test\n")

    def suite(
        _tools: Toolchain, root: Path, names: list[str], *, jobs: int, expectations: bool, identity: str
    ) -> Suite:
        assert names == [UPSTREAM]
        assert expectations
        where = root / "llvm/test"
        return Suite(
            where, jobs, "llvm", inputs=(UPSTREAM,), site="# x", prefix="llvm/test/", identity=identity
        )

    bench.monkeypatch.setattr(select, "make_symlink_tree", make_tree)
    bench.monkeypatch.setattr(llvm_tests, "suite", suite)


ADDED = (Change(UNIT, ChangeKind.MODIFIED), Change(UPSTREAM, ChangeKind.ADDED))


def test_a_test_that_the_series_adds_is_run_on_both_sides(bench: Bench) -> None:
    with_upstream(bench)
    bench.says = lambda side, _w, test, _n: (
        Outcome.FAIL if (side, test) == ("base", UPSTREAM) else Outcome.PASS
    )
    report = bench.report(changes=ADDED)
    assert verdicts(report)[UPSTREAM] is Verdict.FIXED
    assert report.ok
    # By LLVM's FileCheck alone: there is none to agree with.
    assert {which for _, which, names in bench.asked if UPSTREAM in names} == {"llvm"}


def test_a_test_that_the_series_adds_is_run_once_on_the_base(bench: Bench) -> None:
    with_upstream(bench)
    bench.report(changes=ADDED)
    bench.report(changes=ADDED)
    assert [side for side, which, _ in bench.asked if which == "llvm"] == ["base", "patched", "patched"]


def test_an_added_test_that_passes_without_the_patch_is_vacuous(bench: Bench) -> None:
    with_upstream(bench)
    report = bench.report(changes=ADDED)
    assert verdicts(report)[UPSTREAM] is Verdict.VACUOUS
    # Real patches add controls, too: without a claim on it, it is said and no more.
    assert report.ok
    assert not bench.report(Claim(ClaimKind.FIXES, UPSTREAM), changes=ADDED).ok


def test_a_changed_test_that_passes_on_both_is_not(bench: Bench) -> None:
    with_upstream(bench)
    report = bench.report(changes=(Change(UNIT, ChangeKind.MODIFIED), Change(UPSTREAM, ChangeKind.MODIFIED)))
    assert verdicts(report)[UPSTREAM] is Verdict.PASSES
    assert report.ok


@pytest.mark.parametrize("kind", [ChangeKind.ADDED, ChangeKind.MODIFIED])
def test_a_test_that_the_series_brings_and_does_not_pass_is_run_again_and_red(
    bench: Bench, kind: ChangeKind
) -> None:
    with_upstream(bench)
    bench.says = lambda _s, _w, test, _n: Outcome.FAIL if test in {UPSTREAM, "a.ll"} else Outcome.PASS
    report = bench.report(changes=(Change(UNIT, ChangeKind.MODIFIED), Change(UPSTREAM, kind)))
    assert verdicts(report)[UPSTREAM] is Verdict.STILL_FAILING
    assert report.reasons == (f"own tests that do not pass: {UPSTREAM} (FAIL)",)
    # It is listed with its evidence, and nothing else that fails is.
    assert [v.name for v in report.notable] == [UPSTREAM]
    assert report.difference(UPSTREAM) == "patched llvm said so"
    assert bench.asked[-2:] == [("base", "llvm", (UPSTREAM,)), ("patched", "llvm", (UPSTREAM,))]


def test_a_test_that_the_series_brings_and_that_fails_now_and_then_is_flaky(bench: Bench) -> None:
    with_upstream(bench)

    def says(side: str, _which: str, test: str, count: int) -> Outcome:
        return Outcome.PASS if test != UPSTREAM or (side == "patched" and count == 2) else Outcome.FAIL

    bench.says = says
    report = bench.report(changes=ADDED)
    assert report.reasons == (f"flaky: {UPSTREAM} (patched: FAIL, PASS)",)


def test_tests_of_llvm_that_cannot_be_run_are_unresolved(bench: Bench) -> None:
    def refuse(*_args: object, **_named: object) -> Suite:
        raise EnvironmentLacksError("no llvm-config", "install it")

    bench.monkeypatch.setattr(select, "make_symlink_tree", lambda *_args, **_named: None)
    bench.monkeypatch.setattr(llvm_tests, "suite", refuse)
    report = bench.report(changes=ADDED)
    lost = next(v for v in report.verdicts if v.name == UPSTREAM)
    assert (lost.verdict, lost.base.output) == (Verdict.UNRESOLVED, "no llvm-config\nnext: install it")
    assert not report.ok
    assert verdicts(report)["a.ll"] is Verdict.PASSES


@pytest.mark.parametrize(
    ("path", "kind", "is_one"),
    [
        (UPSTREAM, "added", True),
        ("llvm/test/CodeGen/X86/new.mir", "modified", True),
        (UPSTREAM, "deleted", False),
        ("llvm/test/CodeGen/X86/Inputs/new.ll", "added", False),
        ("llvm/test/lit.cfg.py", "modified", False),
        ("clang/test/CodeGen/new.ll", "added", False),
    ],
)
def test_which_changes_are_tests_of_llvm(path: str, kind: str, is_one: bool) -> None:
    assert is_upstream_test(Change(path, ChangeKind(kind))) is is_one


# -- series that come to nothing


def test_a_build_that_fails_is_the_report(bench: Bench) -> None:
    error = PatchError("llc does not link with the patch", "define it", "undefined: f()")
    one = Prepared(
        Series("demo", "Demo", SeriesKind.FIX, ()), Side("demo", bench.tmp, "p"), (), {}, ("a remark",)
    )
    report = bench.judge.report(one, BuildFailure(error, "overlay", bench.build("base")))
    assert (report.ok, report.error, report.error.exit_code) == (False, str(error), EXIT_PATCH)
    assert [note.name for note in report.builds] == ["base"]
    assert report.remarks == ("a remark",)
    assert bench.asked == []
    assert bench.judge.report(one, BuildFailure(error, "overlay")).builds == ()


def test_a_compile_error_names_the_line_of_the_patch(bench: Bench) -> None:
    error = CompileError("it does not compile", "mend it", "error: wrong")
    error.diagnostics = (Diagnostic(UNIT, 2, "wrong"), Diagnostic(UNIT, 3, "follows from it"))
    series = Series("demo", "Demo", SeriesKind.FIX, ())
    side = Side("demo", bench.tmp / "patched", "p")
    (side.root / UNIT).parent.mkdir(parents=True)
    (side.root / UNIT).write_text("one\nwrong;\ntwo\n")
    one = Prepared(series, side, (), {UNIT: "1"}, written={UNIT: [(2, 1, 0)]}, patches=("x.patch",))
    report = bench.judge.report(one, BuildFailure(error, "overlay", bench.build("base")))
    assert report.error == (
        "it does not compile\n  the patch's lines it is about:\n  x.patch: +wrong;\n  \n  error: wrong\n"
        "next: mend it"
    )


def test_a_claim_on_a_test_that_was_filtered_out_is_not_checked(bench: Bench) -> None:
    suite = Suite(bench.root, 1, pattern="^a", names=("a.ll",))
    bench.judge.selected = Selection((suite,), left_out={"b.ll": LeftOut.FILTER})
    bench.says = steady(Outcome.FAIL, Outcome.PASS)
    report = bench.report(*(Claim(ClaimKind.FIXES, test) for test in ("a.ll", "b.ll", "?.ll", "c.ll")))
    assert [(r.claim.test, r.held, r.checked, r.tests, r.why) for r in report.claims] == [
        ("a.ll", True, True, ("a.ll",), ""),
        ("b.ll", False, False, (), "not run (filtered out)"),
        ("?.ll", False, False, ("a.ll",), "1 of 2 tests not run (filtered out)"),
        ("c.ll", False, True, (), "no test of that name"),
    ]
    assert report.reasons == ("claim does not hold: fixes c.ll: no test of that name",)

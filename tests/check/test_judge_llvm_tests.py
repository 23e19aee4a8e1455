"""Folders of LLVM's own tests in a verdict: each test once, and the base's outcomes those of every series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.check import select
from harness.check.reached import Division, TestsReached
from harness.check.select import PlannedRuns
from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.model import Claim, ClaimKind, LeftOut, Outcome, TestResult, Verdict
from harness.patch import Change, ChangeKind
from harness.report.reach import Reach
from harness.runner import llvm_tests
from harness.runner.runs import Suite
from harness.runner.selection import Selection, portion_of
from tests.check.test_judge import UNIT, Bench, verdicts

X86 = "llvm/test/CodeGen/X86"
# A test that names another, as some of LLVM's do, and one in a folder of its own.
TESTS = {
    f"{X86}/changed.ll": "; RUN: llc %s\n",
    f"{X86}/deleted.ll": "; RUN: llc %s\n",
    f"{X86}/names.ll": "; RUN: llc %S/changed.ll\n",
    f"{X86}/plain.ll": "; RUN: llc %s\n",
    f"{X86}/sub/deep.ll": "; RUN: llc %s\n",
}
LIT = Change(UNIT, ChangeKind.MODIFIED)


class Folder(Bench):
    """A bench where LLVM's tests in a folder were asked for, and nothing else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        root = self.tmp / "base"
        for name, text in TESTS.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        self.folder = Suite(
            root / "llvm/test", 1, "llvm", inputs=tuple(TESTS), site="# x", prefix="llvm/test/", identity="s"
        )
        self.judge.selected = Selection((), (portion_of(self.folder, TESTS),))
        self.monkeypatch.setattr(select, "make_symlink_tree", lambda *_args: None)
        self.monkeypatch.setattr(llvm_tests, "suite", self.symlinked)

    def symlinked(
        self,
        _tools: Toolchain,
        root: Path,
        names: list[str],
        *,
        jobs: int,
        expectations: bool = False,
        identity: str,
    ) -> Suite:
        # What the series leaves is held to LLVM's expectations, what was there before is compared raw.
        assert expectations is (root != self.tmp / "base")
        assert identity == (root.name if expectations else "b")
        where = root / "llvm/test"
        return replace(self.folder, root=where, jobs=jobs, inputs=tuple(names), identity=identity)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    return Folder(tmp_path, monkeypatch)


def ran(bench: Folder, side: str) -> list[str]:
    """What was run on a side, in order: names of tests, or `whole` for the folder."""
    return [name for which, _, names in bench.asked if which == side for name in names or ("whole",)]


def test_a_folder_is_run_on_both_sides_and_once_on_the_base(bench: Folder) -> None:
    for _ in range(2):
        report = bench.report()
        assert verdicts(report) == dict.fromkeys(TESTS, Verdict.PASSES)
        assert report.ok
    assert ran(bench, "base") == ["whole"]
    assert ran(bench, "patched") == sorted(TESTS) * 2


def test_a_folder_is_run_as_it_was_and_what_a_series_reaches_as_it_leaves_it(bench: Folder) -> None:
    """The folder's base is that of all series; a test that is reached has two texts and one verdict."""
    changes = (
        LIT,
        Change(f"{X86}/changed.ll", ChangeKind.MODIFIED),
        Change(f"{X86}/deleted.ll", ChangeKind.DELETED),
        Change(f"{X86}/new.ll", ChangeKind.ADDED),
        Change("llvm/test/MC/outside.s", ChangeKind.ADDED),
    )
    bench.report()
    bench.asked.clear()
    report = bench.report(changes=changes)
    new = {f"{X86}/changed.ll", f"{X86}/names.ll", f"{X86}/new.ll", "llvm/test/MC/outside.s"}
    assert verdicts(report).keys() == new | TESTS.keys()
    # The folder's base was kept.
    assert ran(bench, "base") == sorted(new)
    assert ran(bench, "patched") == [*sorted(TESTS), *sorted(new)]


def test_a_test_that_the_series_changes_runs_with_both_texts_though_the_old_one_is_unreached(
    bench: Folder,
) -> None:
    def find(_one: object, _pair: object, _base: object, parts: PlannedRuns, _choice: object) -> TestsReached:
        on_base = tuple(TestResult(name, Outcome.PASS, 0.0) for name in TESTS)
        return TestsReached.of(parts, [Division(parts.plain[0], unreached=on_base)], Reach())

    bench.judge.reach = find
    changes = (
        LIT,
        Change(f"{X86}/changed.ll", ChangeKind.MODIFIED),
        Change(f"{X86}/deleted.ll", ChangeKind.DELETED),
    )
    report = bench.report(changes=changes)
    touched = [f"{X86}/changed.ll", f"{X86}/deleted.ll", f"{X86}/names.ll"]
    assert ran(bench, "patched") == [*touched, f"{X86}/changed.ll", f"{X86}/names.ll"]
    found = dict.fromkeys(TESTS, Verdict.UNREACHED) | dict.fromkeys(touched, Verdict.PASSES)
    assert verdicts(report) == found
    assert [(v.name, v.gone) for v in report.notable] == [(f"{X86}/deleted.ll", "the series deletes it")]
    assert report.reach is not None
    assert report.reach.unreached == 2


def test_a_test_that_nobody_asked_for_is_run_with_its_old_text_too(bench: Folder) -> None:
    bench.judge.selected = Selection(())
    changes = (
        LIT,
        Change(f"{X86}/changed.ll", ChangeKind.MODIFIED),
        Change(f"{X86}/deleted.ll", ChangeKind.DELETED),
    )
    report = bench.report(changes=changes)
    both = [f"{X86}/changed.ll", f"{X86}/deleted.ll"]
    assert sorted(verdicts(report)) == both
    assert ran(bench, "base") == ran(bench, "patched") == [*both, f"{X86}/changed.ll"]
    assert [(v.name, v.gone) for v in report.notable] == [(f"{X86}/deleted.ll", "the series deletes it")]


def test_what_regresses_in_a_folder_is_found_and_run_again(bench: Folder) -> None:
    name = f"{X86}/plain.ll"
    bench.says = lambda side, _w, test, _n: (
        Outcome.FAIL if (side, test) == ("patched", name) else Outcome.PASS
    )
    report = bench.report(changes=(LIT, Change(f"{X86}/changed.ll", ChangeKind.MODIFIED)))
    assert {n for n, v in verdicts(report).items() if v is Verdict.REGRESSED} == {name}
    assert report.reasons == (f"regressed: {name}",)
    assert ran(bench, "base")[-1] == ran(bench, "patched")[-1] == name


def test_a_changed_input_reaches_its_whole_folder(bench: Folder) -> None:
    report = bench.report(changes=(LIT, Change(f"{X86}/sub/Inputs/x.txt", ChangeKind.MODIFIED)))
    assert verdicts(report).keys() == TESTS.keys()
    assert ran(bench, "patched") == [*sorted(TESTS), f"{X86}/sub/deep.ll"]


def test_a_folder_of_which_all_is_reached(bench: Folder) -> None:
    report = bench.report(changes=(LIT, Change("llvm/test/lit.cfg.py", ChangeKind.MODIFIED)))
    assert verdicts(report) == dict.fromkeys(TESTS, Verdict.PASSES)
    assert (ran(bench, "base"), ran(bench, "patched")) == (["whole", *sorted(TESTS)], sorted(TESTS) * 2)


def test_reached_tests_that_cannot_be_run_are_unresolved_alone(bench: Folder) -> None:
    def refuse(*_args: object, **_named: object) -> Suite:
        raise EnvironmentLacksError("no llvm-config", "install it")

    bench.monkeypatch.setattr(llvm_tests, "suite", refuse)
    found = verdicts(bench.report(changes=(LIT, Change(f"{X86}/changed.ll", ChangeKind.MODIFIED))))
    assert {n for n, v in found.items() if v is Verdict.UNRESOLVED} == {
        f"{X86}/changed.ll",
        f"{X86}/names.ll",
    }
    assert found.keys() == TESTS.keys()


def test_a_run_that_is_stopped_on_the_patched_side_keeps_the_bases(bench: Folder) -> None:
    def stop(side: str, _which: str, _test: str, _count: int) -> Outcome:
        if side == "patched":
            raise KeyboardInterrupt
        return Outcome.PASS

    bench.says = stop
    with pytest.raises(KeyboardInterrupt):
        bench.report()
    bench.says = lambda *_: Outcome.PASS
    bench.report()
    assert ran(bench, "base") == ["whole"]


def test_claims_on_tests_of_a_suite_that_was_not_asked_for(bench: Folder) -> None:
    bench.judge.selected = replace(bench.judge.selected, left_out={"X86/a.ll": LeftOut.SUITE})
    report = bench.report(Claim(ClaimKind.FIXES, "X86/*"))
    assert [(r.checked, r.why) for r in report.claims] == [
        (False, "not run (of a suite that was not asked for)")
    ]
    assert report.ok
    assert not bench.report(Claim(ClaimKind.FIXES, "X68/*")).ok

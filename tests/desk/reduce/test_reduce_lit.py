"""A lit test made smaller that passes on one side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.crash.text.invocation import Invocation
from harness.desk.reduce.job import Reduction
from harness.desk.reduce.lit import LitEnd, LitSides, copy_suite, explain, reduce_lit_test
from harness.desk.reduce.search import Effort
from harness.desk.reduce.state import ReductionState
from harness.desk.repro.run import LlvmPlace, Reproducer
from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Run, Signature, TestResult
from harness.progress import Silent
from harness.runner.runs import Suite
from tests.desk.places import make_place

TEXT = b"""\
; What it is about.
; RUN: llc < %s | FileCheck %s
define void @other() {
; CHECK: odd
  odd
}
define void @f() {
; CHECK: bad
  bad
  ret void
}
"""
CASE = Reproducer("a.ll", TEXT, (Invocation("llc"),))
NAME = "X86/a.ll"


def result(outcome: Outcome, output: str = "", signature: Signature | None = None) -> TestResult:
    return TestResult(NAME, outcome, 0.1, signature, output)


def unmatched(text: str) -> TestResult:
    return result(Outcome.FAIL, f'a.ll:3: error: Couldn\'t match "{text}".\n# error: command failed with 1\n')


def run(toolchain: Toolchain, suite: Suite) -> Run:
    """`patched` writes nothing for bad and odd; both sides want a RUN line."""
    text = (suite.root / suite.names[0]).read_text()
    if "RUN: llc < %s | FileCheck" not in text or (suite.root / "lit.cfg.py").read_text() != "config\n":
        found = result(Outcome.UNRESOLVED)
    elif toolchain.name == "patched" and "CHECK: odd" in text and "CHECK: bad" not in text:
        found = unmatched("odd")
    elif "CHECK: bad" in text and (toolchain.name == "patched" or "  bad" not in text):
        found = unmatched("bad")
    else:
        found = result(Outcome.PASS)
    return Run(toolchain.name, (found,), 0.1)


def reduce_it(
    tmp_path: Path, names: tuple[str, str] = ("patched", "base"), reducers: tuple[LlvmPlace, ...] = ()
) -> Reduction:
    root = tmp_path / "suite"
    (root / "X86").mkdir(parents=True, exist_ok=True)
    (root / "lit.cfg.py").write_text("config\n")
    (root / NAME).write_bytes(TEXT)
    first, second = (make_place(tmp_path / name, name, llc="true") for name in names)
    sides = LitSides(Suite(root, jobs=2, names=(NAME,)), first, second, run, reducers)
    state = ReductionState(tmp_path / "out.state", CASE, first.find())
    done = reduce_lit_test(CASE, sides, Effort(times=2), state, Silent())
    assert (root / NAME).read_bytes() == TEXT
    return done


SMALL = b"; RUN: llc < %s | FileCheck %s\n; CHECK: bad\n  bad\n"


def test_the_check_that_fails_is_left_and_what_it_matches(tmp_path: Path) -> None:
    done = reduce_it(tmp_path)
    assert done.case is not None
    assert done.case.text == SMALL
    assert done.observation.description == 'the same failure: Couldn\'t match "bad".'
    assert done.notes[0] == "it fails on patched and passes on base"
    assert done.complete


def test_a_fix_fails_without_it(tmp_path: Path) -> None:
    done = reduce_it(tmp_path, ("base", "patched"))
    assert done.case is not None
    assert (done.case.text, done.notes[0]) == (SMALL, "it fails on patched and passes on base")


def test_what_ends_alike_on_both_sides_is_not_reduced(tmp_path: Path) -> None:
    done = reduce_it(tmp_path, ("base", "base"))
    assert (done.case, done.observation.description) == (None, "passes: it passes on both sides, or on none")


def test_what_a_reducer_makes_gets_its_directives_back(tmp_path: Path) -> None:
    reduces = (
        "folder=${input%/*}; grep -v -e ';' -e other -e odd \"$input\" > $folder/one.ll\n"
        '"${1#--test=}" $folder/one.ll || exit 8; cp $folder/one.ll "$4"'
    )
    reducer = make_place(tmp_path / "r", "r", **{"llvm-reduce": reduces})
    done = reduce_it(tmp_path, reducers=(reducer,))
    assert done.case is not None
    assert done.case.text == SMALL
    assert done.notes == ("it fails on patched and passes on base",)


def test_only_what_the_test_may_read_is_copied(tmp_path: Path) -> None:
    root = tmp_path / "suite"
    files = ["lit.cfg.py", "Inputs/deep/a.txt", NAME, "X86/lit.local.cfg", "X86/Inputs/b.txt"]
    for name in [*files, "X86/Output/a.s", "X86/GlobalISel/a.ll", "ARM/a.ll", "ARM/Inputs/c.txt"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    copy_suite(Suite(root, jobs=1, names=(NAME,)), tmp_path / "copy")
    found = [path.relative_to(tmp_path / "copy") for path in (tmp_path / "copy").rglob("*")]
    assert sorted(str(one) for one in found if (root / one).is_file()) == sorted(files)


CRASH = Signature(CrashKind.ASSERTION, "n > 0", "lib/A.cpp:3")


@pytest.mark.parametrize(
    ("found", "end"),
    [
        (result(Outcome.PASS), None),
        (result(Outcome.UNRESOLVED, "error: no"), None),
        (unmatched("x"), LitEnd('Couldn\'t match "x".')),
        (result(Outcome.XFAIL), LitEnd("fails")),
        (result(Outcome.FAIL, "", CRASH), LitEnd("assertion: n > 0 (lib/A.cpp:3)", CRASH)),
    ],
)
def test_a_failure_is_what_its_first_error_says(found: TestResult, end: LitEnd | None) -> None:
    assert explain(found) == end


def test_failures_are_one_by_their_check_or_crash() -> None:
    one = LitEnd("a")
    assert one.is_same(one)
    assert not one.is_same(LitEnd("b"))
    assert not one.is_same(LitEnd("a", CRASH))
    assert LitEnd("a", CRASH).is_same(LitEnd("b", replace(CRASH, location="lib/A.cpp:9")))
    assert not LitEnd("a", CRASH).is_same(LitEnd("a", replace(CRASH, message="k > 0")))

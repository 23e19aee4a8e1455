"""Searching steps, with scripts in the place of LLVM's tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.crash.text.invocation import Invocation
from harness.desk.bisect.job import bisect
from harness.desk.bisect.probes import CrashProbe, Seen, TestProbe, find_test
from harness.desk.bisect.record import BisectReport, Tried, decode, encode
from harness.desk.bisect.search import Answer
from harness.desk.repro.run import LlvmPlace, Reproducer, Runs
from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Run, Signature, TestResult
from harness.progress import Silent
from harness.runner.runs import Suite
from tests.desk.places import make_place

CRASH = 'echo "llc: lib/A.cpp:3: void f(): Assertion \\`n > {}\' failed." >&2; kill -ABRT $$'
CASE = Reproducer("case.ll", b"declare void @f()\n", (Invocation("llc"),))
HOW = Runs(times=1, limits=replace(process.TOOL_LIMITS, wall=20))
WITH = "crash: llc: assertion: n > 0 (lib/A.cpp:3)"
SAME = "the same failure: llc: assertion: n > 0 (lib/A.cpp:3)"


def place(folder: Path, name: str, text: str) -> LlvmPlace:
    return make_place(folder / name, name, llc=text)


def run(*places: LlvmPlace, case: Reproducer = CASE) -> BisectReport:
    return bisect("case.ll", places, CrashProbe(case, HOW), "0.1", Silent())


def test_the_first_step_that_fails_brings_it(tmp_path: Path) -> None:
    steps = [place(tmp_path, str(n), CRASH.format(0) if n > 2 else "true") for n in range(6)]
    report = run(*steps)
    assert report.sentence == "case.ll: 3 brings it"
    assert report.exit_code == 0
    assert (report.before, report.after) == (
        Tried("2", Answer.WITHOUT, "passes"),
        Tried("3", Answer.WITH, SAME, report.after.signature if report.after else None),
    )
    assert report.after is not None
    assert report.after.signature == Signature(CrashKind.ASSERTION, "n > 0")
    assert decode(encode(report)) == report


def test_the_first_step_that_does_not_fail_mends_it(tmp_path: Path) -> None:
    steps = [place(tmp_path, str(n), "true" if n > 2 else CRASH.format(0)) for n in range(5)]
    case = replace(CASE, expected=Signature(CrashKind.ASSERTION, "n > 0"))
    assert run(*steps, case=case).sentence == "case.ll: 3 mends it"


def test_steps_that_cannot_say_are_named(tmp_path: Path) -> None:
    def absent() -> Toolchain:
        raise EnvironmentLacksError("no LLVM 17", "use 19")

    unreadable = 'echo "llc: $input:1:9: error: expected type" >&2; exit 1'
    steps = [
        place(tmp_path, "a", "true"),
        LlvmPlace("b", absent),
        place(tmp_path, "c", CRASH.format(1)),  # another failure may hide this one
        place(tmp_path, "d", unreadable),
        place(tmp_path, "e", CRASH.format(0)),
    ]
    report = run(*steps)
    assert report.sentence == "case.ll: one of b, c, d, e brings it"
    assert [(one.name, one.answer, one.description) for one in report.tried] == [
        ("a", Answer.WITHOUT, "passes"),
        ("b", Answer.UNKNOWN, "not run: no LLVM 17: use 19"),
        ("c", Answer.UNKNOWN, "a related failure: llc: assertion: n > 1 (lib/A.cpp:3)"),
        ("d", Answer.UNKNOWN, "does not read the input: line 1: expected type"),
        ("e", Answer.WITH, WITH),
    ]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("true", "true"), "case.ll: the last step is as the first one, without the failure"),
        ((CRASH.format(0), CRASH.format(0)), "case.ll: the last step is as the first one, with the failure"),
        (('echo "$input:1:9: error: x" >&2; exit 1',) * 2, "case.ll: no step can say"),
    ],
)
def test_no_change_is_not_found(tmp_path: Path, texts: tuple[str, str], sentence: str) -> None:
    report = run(*(place(tmp_path, str(n), text) for n, text in enumerate(texts)))
    assert (report.sentence, report.exit_code, report.found) == (sentence, 1, False)


@pytest.mark.usefixtures("unenclosed")
def test_what_does_not_show_the_same_again_is_not_found(tmp_path: Path) -> None:
    once = f"echo >> {tmp_path}/turns; (( $(wc -l < {tmp_path}/turns) == 1 )) || exit 0; {CRASH.format(0)}"
    report = run(place(tmp_path, "a", "true"), place(tmp_path, "b", once))
    assert report.sentence == "case.ll: b brings it; asked again, it does not show the same"
    assert report.exit_code == 1


def test_versions_that_are_not_here_are_said() -> None:
    def tried(name: str) -> Tried:
        return Tried(name, Answer.WITH, "")

    report = BisectReport("0.1", "a", 2, (), tried("debian 16"), tried("debian 19"), agree=True)
    steps = [("debian 16", 16), ("debian 19", 19)]
    assert list(report.list_absent(steps)) == [
        "LLVM 17, 18 are not here: the change may be in any version after 16"
    ]
    assert list(report.list_absent([*steps, ("wheel 17", 17)])) == [
        "LLVM 18 is not here: the change may be in any version after 16"
    ]
    assert list(report.list_absent([])) == []


@pytest.mark.parametrize(
    ("outcome", "answer", "said"),
    [
        (Outcome.PASS, Answer.WITHOUT, "passes"),
        (Outcome.XPASS, Answer.WITHOUT, "passes"),
        (Outcome.FAIL, Answer.WITH, "fails"),
        (Outcome.XFAIL, Answer.WITH, "fails"),
        (Outcome.UNSUPPORTED, Answer.UNKNOWN, "UNSUPPORTED"),
        (Outcome.UNRESOLVED, Answer.UNKNOWN, "UNRESOLVED"),
    ],
)
def test_a_lit_test_is_asked_whether_it_passes(
    tmp_path: Path, outcome: Outcome, answer: Answer, said: str
) -> None:
    def run_suite(_toolchain: Toolchain, suite: Suite) -> Run:
        return Run("a", (TestResult(suite.names[0], outcome, 0.1),), 0.1)

    probe = TestProbe(Suite(tmp_path, 1, names=("X86/a.ll",)), run_suite)
    assert probe.ask(place(tmp_path, "a", "true")) == Seen(answer, said)


def test_a_suite_that_does_not_run_says_nothing(tmp_path: Path) -> None:
    def fails(_toolchain: Toolchain, _suite: Suite) -> Run:
        raise EnvironmentLacksError("it has no llc", "name another")

    check: Callable[[Toolchain, Suite], Run] = fails
    probe = TestProbe(Suite(tmp_path, 1, names=("a.ll",)), check)
    assert probe.ask(place(tmp_path, "a", "true")) == Seen(Answer.UNKNOWN, "it has no llc")


def test_a_lit_test_is_known_by_its_suite_and_what_it_checks(tmp_path: Path) -> None:
    (tmp_path / "X86").mkdir()
    test = tmp_path / "X86/a.ll"
    checks = b"; RUN: llc < %s | FileCheck %s\n"
    assert find_test(test, checks) is None
    (tmp_path / "lit.cfg.py").write_text("")
    assert find_test(test, checks) == Suite(tmp_path, 1, names=("X86/a.ll",))
    assert find_test(test, b"; RUN: llc < %s\n; FileCheck\n") is None

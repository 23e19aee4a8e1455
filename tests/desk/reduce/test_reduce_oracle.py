"""A lit test that an oracle fails: what it expects of a record goes with the record's function."""

from __future__ import annotations

import re
from pathlib import Path

from harness.crash.text.invocation import Invocation
from harness.desk.bisect.probes import find_test
from harness.desk.reduce.lit import LitEnd, LitSides, explain, reduce_lit_test
from harness.desk.reduce.search import Effort
from harness.desk.reduce.state import ReductionState
from harness.desk.repro.run import Reproducer
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.progress import Silent
from harness.runner.runs import Suite
from tests.desk.places import make_place

STOP = "call void (i64, i32) @llvm.experimental.stackmap(i64 {}, i32 0)"


def function(name: str, number: int) -> str:
    return f"; ROOTS: {number}: i32 {number}\ndefine void @{name}() {{\n  {STOP.format(number)}\n}}\n"


TEXT = (
    "; RUN: llc %s\n; RUN: %stackmap roots --expect %s %t\n"
    + function("one", 1)
    + function("two", 2)
    + function("three", 3)
    + "define void @main() {\n  call void @one()\n  call void @two()\n  call void @three()\n}\n"
)
CASE = Reproducer("a.ll", TEXT.encode(), (Invocation("llc"),))
SAID = "# executed command: oracle\n# .---command stdout------------\n{}# `-----------------------------\n"


def said(*lines: str) -> str:
    return SAID.format("".join(f"# | {line}\n" for line in lines))


def run(toolchain: Toolchain, suite: Suite) -> Run:
    """The oracle wants each record that it expects, no other one, and `patched` breaks the second."""
    text = (suite.root / suite.names[0]).read_text()
    expected = re.findall(r"^; ROOTS: (\d):", text, re.M)
    bodies = dict(re.findall(r"^define void @(\w+)\(\) {\n((?: .*\n)*)}", text, re.M))
    called = re.findall(r"call void @(\w+)\(", bodies.get("main", ""))
    broken = (
        "main" not in bodies or any(name not in bodies for name in called) or "RUN: %stackmap" not in text
    )
    found = [number for name in called for number in re.findall(r"stackmap\(i64 (\d)", bodies.get(name, ""))]
    lines = [f"record {number} (id {number}): missed" for number in expected if number not in found]
    lines += [f"record {number} (id {number}): not expected" for number in found if number not in expected]
    if toolchain.name == "patched" and "2" in found and "2" in expected:
        lines += [f"record {found.index('2')} (id 2): line 9: wrong value"]
    if broken:
        lines = ["does not link"]
    outcome = Outcome.FAIL if lines else Outcome.PASS
    return Run(toolchain.name, (TestResult("a.ll", outcome, 0.1, None, said(*lines)),), 0.1)


def test_what_is_expected_goes_with_its_function_and_its_calls(tmp_path: Path) -> None:
    root = tmp_path / "suite"
    root.mkdir()
    (root / "lit.cfg.py").write_text("")
    (root / "a.ll").write_text(TEXT)
    suite = find_test(root / "a.ll", TEXT.encode())
    assert suite is not None
    patched, base = (make_place(tmp_path / name, name, llc="true") for name in ("patched", "base"))
    state = ReductionState(tmp_path / "out.state", CASE, patched.find())
    sides = LitSides(suite, patched, base, run)
    done = reduce_lit_test(CASE, sides, Effort(times=1), state, Silent())
    assert done.case is not None
    small = done.case.text.decode()
    assert "@two" in small
    assert re.findall(r"ROOTS: \d|@(?:one|three)", small) == ["ROOTS: 2"]
    assert done.observation.detail == "record N (id N): line N: wrong value"


def test_a_complaint_beside_others_is_the_same_one() -> None:
    one = explain(
        TestResult("a.ll", Outcome.FAIL, 0.1, None, said("a.exe: record 1 (id 3): line 4: no", "NOT OK"))
    )
    assert one == LitEnd("a.exe: record N (id N): line N: no", None, ("NOT OK",))
    both = LitEnd("record N: missed", None, ("a.exe: record N (id N): line N: no",))
    assert both.is_same(one)
    assert not one.is_same(both)

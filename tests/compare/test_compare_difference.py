"""The evidence for a verdict: what differs, in a few lines."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import compare, difference, differences
from harness.model import (
    Capture,
    CrashKind,
    Outcome,
    Signature,
    TestResult,
)
from tests.compare.made import (
    CAST,
    CRASH,
    FAIL,
    FIX,
    PASS,
    SEGV,
    SLOW,
    TIMEOUT,
    UNRESOLVED,
    UNSUPPORTED,
    XPASS,
    result,
    run,
)


def captured(*texts: str, outcome: Outcome = FAIL, output: str = "") -> TestResult:
    captures = tuple(Capture(f"llc {i}", text) for i, text in enumerate(texts))
    return TestResult("a.ll", outcome, 0.1, None, output, captures)


def test_the_difference_is_the_first_differing_assembly() -> None:
    base = captured("same\n", "f:\n\tpushq %rax\n\tnop\n\tretq\n")
    patched = captured("same\n", "f:\n\tpushq %rax\n\txchgw %ax, %ax\n\tretq\n", outcome=PASS)
    assert difference(base, patched) == (
        "--- base\n+++ patched\n@@\n f:\n \tpushq %rax\n-\tnop\n+\txchgw %ax, %ax\n \tretq"
    )


def test_the_difference_is_short() -> None:
    base = captured("".join(f"{i}\n" for i in range(100)))
    patched = captured("".join(f"{i} {'y' * 200}\n" for i in range(100)))
    lines = difference(base, patched, lines=4).splitlines()
    assert lines == ["--- base", "+++ patched", "@@", "-0", "-1", "-2", "..."]
    assert max(map(len, difference(patched, base, lines=4).splitlines())) == 160


def test_a_runaway_is_compared_quickly_and_only_where_it_is_sure() -> None:
    flood = "\tnop\n" * 200_000
    base, patched = captured("head\n" + flood), captured("head\nnew\n" + flood)
    assert difference(base, patched) == "--- base\n+++ patched\n@@\n head\n+new\n \tnop\n \tnop\n \tnop"


def test_a_difference_far_into_the_text_is_found() -> None:
    lines = [f"{i}" for i in range(5000)]
    base, patched = captured("\n".join(lines)), captured("\n".join([*lines[:4000], "new", *lines[4001:]]))
    assert difference(base, patched) == (
        "--- base\n+++ patched\n@@\n 3997\n 3998\n 3999\n-4000\n+new\n 4001\n 4002\n 4003"
    )


def test_line_ends_alone() -> None:
    assert difference(captured("a\n"), captured("a\r\n")) == "--- base\n+++ patched\n(only line ends differ)"


def test_two_crashes_side_by_side() -> None:
    frames = tuple(f"llvm::f{i}" for i in range(8))
    base = captured("partial")
    crash = Signature(CrashKind.ASSERTION, "x && y", "lib/A.cpp:7", frames)
    patched = TestResult("a.ll", CRASH, 0.1, crash, "", (Capture("llc", ""),))
    assert difference(base, patched) == (
        "base:    fails\n"
        "patched: assertion: x && y (lib/A.cpp:7)\n" + "\n".join(f"           llvm::f{i}" for i in range(6))
    )
    slow = result("a.ll", TIMEOUT, SLOW)
    assert difference(slow, result("a.ll", CRASH, SEGV)) == "base:    ran longer than 20 s\npatched: SIGSEGV"
    assert difference(slow, result("a.ll", XPASS)) == "base:    ran longer than 20 s\npatched: passes"
    assert difference(result("a.ll", UNSUPPORTED), slow).startswith("base:    UNSUPPORTED\n")


def test_filechecks_complaint_if_there_is_nothing_else() -> None:
    said = "$ llc\nx.ll:3:10: error: CHECK: expected string not found\n; CHECK: nop\n^\n"
    expected = "x.ll:3:10: error: CHECK: expected string not found\n; CHECK: nop"
    assert difference(captured("a", outcome=PASS), captured("a", output=said), lines=2) == expected
    assert difference(captured("a", output=said), captured("a", outcome=PASS), lines=2) == expected
    assert difference(captured("a", output="no idea"), captured("a", outcome=PASS)) == "no idea"


def test_nothing_differs() -> None:
    assert difference(captured("a", outcome=PASS), captured("a", outcome=PASS)) == ""
    assert difference(captured(), captured("a"), lines=3) == ""


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(1, 20))
def test_any_two_texts_differ_in_a_bounded_text(one: str, other: str, lines: int) -> None:
    text = difference(captured(one), captured(other), lines)
    assert (text == "") is (one == other)
    assert len(text.split("\n")) <= lines + 3 + text.count("\r")


def test_differences_are_given_for_what_is_not_trivial() -> None:
    base = run(result("a", FAIL), result("b", PASS), result("c", FAIL, None, "x"), result("d", UNRESOLVED))
    patched = run(
        result("a", CRASH, SEGV), result("b", PASS), result("c", FAIL, None, "y"), result("d", PASS)
    )
    comparison = compare(base, patched, kind=FIX)
    assert differences(comparison) == {"a": "base:    fails\npatched: SIGSEGV"}


def test_all_pairs_give_a_difference_without_an_exception() -> None:
    for one, other in itertools.product(Outcome, Outcome):
        assert isinstance(difference(result("a", one), result("a", other, CAST)), str)

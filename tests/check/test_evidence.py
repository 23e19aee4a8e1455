"""The evidence for a verdict: what differs, in a few lines."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check.compare import compare
from harness.check.evidence import (
    describe_difference,
    describe_unseen,
    describe_untold,
    explain_failures,
    find_complaint,
    find_differences,
)
from harness.model import (
    Capture,
    CrashKind,
    Outcome,
    Signature,
    TestResult,
)
from tests.check.made import (
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
    assert describe_difference(base, patched) == (
        "--- base\n+++ patched\n@@\n f:\n \tpushq %rax\n-\tnop\n+\txchgw %ax, %ax\n \tretq"
    )


def test_the_difference_is_short() -> None:
    base = captured("".join(f"{i}\n" for i in range(100)))
    patched = captured("".join(f"{i} {'y' * 200}\n" for i in range(100)))
    lines = describe_difference(base, patched, lines=4).splitlines()
    assert lines == ["--- base", "+++ patched", "@@", "-0", "-1", "-2", "..."]
    assert max(map(len, describe_difference(patched, base, lines=4).splitlines())) == 160


def test_a_runaway_is_compared_quickly_and_only_where_it_is_sure() -> None:
    flood = "\tnop\n" * 200_000
    base, patched = captured("head\n" + flood), captured("head\nnew\n" + flood)
    assert (
        describe_difference(base, patched) == "--- base\n+++ patched\n@@\n head\n+new\n \tnop\n \tnop\n \tnop"
    )


def test_a_difference_far_into_the_text_is_found() -> None:
    lines = [f"{i}" for i in range(5000)]
    base, patched = captured("\n".join(lines)), captured("\n".join([*lines[:4000], "new", *lines[4001:]]))
    assert describe_difference(base, patched) == (
        "--- base\n+++ patched\n@@\n 3997\n 3998\n 3999\n-4000\n+new\n 4001\n 4002\n 4003"
    )


def test_line_ends_alone() -> None:
    assert (
        describe_difference(captured("a\n"), captured("a\r\n"))
        == "--- base\n+++ patched\n(only line ends differ)"
    )


def test_two_crashes_side_by_side() -> None:
    frames = tuple(f"llvm::f{i}" for i in range(8))
    base = captured("partial")
    crash = Signature(CrashKind.ASSERTION, "x && y", "lib/A.cpp:7", frames, "llc")
    patched = TestResult("a.ll", CRASH, 0.1, crash, "", (Capture("llc", ""),))
    assert describe_difference(base, patched) == (
        "base:    fails\n"
        "patched: llc: assertion: x && y (lib/A.cpp:7)\n"
        + "\n".join(f"           llvm::f{i}" for i in range(6))
    )
    slow = result("a.ll", TIMEOUT, SLOW)
    assert (
        describe_difference(slow, result("a.ll", CRASH, SEGV))
        == "base:    ran longer than 20 s\npatched: SIGSEGV"
    )
    assert (
        describe_difference(slow, result("a.ll", XPASS)) == "base:    ran longer than 20 s\npatched: passes"
    )
    assert describe_difference(result("a.ll", UNSUPPORTED), slow).startswith("base:    UNSUPPORTED\n")


def test_one_message_in_two_places_is_shown_with_the_places() -> None:
    cast = Signature(CrashKind.ASSERTION, 'isa<X>(Val) && "cast<Ty>()"', tool="llc")
    base, patched = (
        result("a.ll", CRASH, replace(cast, frames=(frame,))) for frame in ("llvm::f", "llvm::g")
    )
    said = 'llc: assertion: isa<X>(Val) && "cast<Ty>()"'
    assert describe_difference(base, patched) == (
        f"base:    {said}\n           llvm::f\npatched: {said}\n           llvm::g"
    )


def test_filechecks_complaint_if_there_is_nothing_else() -> None:
    said = "$ llc\nx.ll:3:10: error: CHECK: expected string not found\n; CHECK: nop\n^\n"
    expected = "x.ll:3:10: error: CHECK: expected string not found\n; CHECK: nop"
    assert describe_difference(captured("a", outcome=PASS), captured("a", output=said), lines=2) == expected
    assert describe_difference(captured("a", output=said), captured("a", outcome=PASS), lines=2) == expected
    assert describe_difference(captured("a", output="no idea"), captured("a", outcome=PASS)) == "no idea"


def test_nothing_differs() -> None:
    assert describe_difference(captured("a", outcome=PASS), captured("a", outcome=PASS)) == ""
    assert describe_difference(captured(), captured("a"), lines=3) == ""


LIT = """\
Exit Code: 1

Command Output (stdout):
--
# RUN: at line 1
not llc -o %t < a.ll 2>&1 | FileCheck /a/long/way/a.ll
# executed command: not llc -o %t
{not_said}
# executed command: FileCheck /a/long/way/a.ll
# .---command stderr------------
# | {complaint}
# | ; CHECK: nop
# |          ^
# |{end}
# | Input file: <stdin>
# | FileCheck command line:  /a/long/way/FileCheck a.ll
# `-----------------------------
# error: command failed with exit status: 1

--
"""
NOT_FAILED = "# note: command had no output on stdout or stderr\n# error: command failed with exit status: 1"
COMPLAINT = "/a/long/way/a.ll:3:10: error: CHECK: expected string not found in input"


def test_a_failing_filecheck_says_what_it_expected() -> None:
    said = LIT.format(not_said="", complaint=COMPLAINT, end="")
    expected = ["a.ll:3:10: error: CHECK: expected string not found in input", "; CHECK: nop", "         ^"]
    assert find_complaint(said, 12) == expected
    assert find_complaint(said, 2) == expected[:2]
    base = TestResult("a.ll", FAIL, 0.1, output=said)
    assert describe_difference(base, result("a.ll", PASS)) == "\n".join(expected)
    assert describe_difference(result("a.ll", PASS), base) == "\n".join(expected)


def test_a_not_without_a_failure_is_told_before_what_came_of_it() -> None:
    said = LIT.format(not_said=NOT_FAILED, complaint="FileCheck error: '<stdin>' is empty.", end="")
    assert find_complaint(said, 2) == [
        "not llc -o %t: it did not fail",
        "FileCheck error: '<stdin>' is empty.",
    ]


def test_a_program_that_fails_without_an_error_is_named_with_what_it_wrote() -> None:
    said = (
        "# executed command: cmp a b\n# .---\n# | a b differ\n# `---\n"
        "# error: command failed with exit status: 2\n"
    )
    assert find_complaint(said, 12) == ["cmp a b: exit status: 2", "a b differ"]
    slow = "# executed command: sleep 9\n# error: command reached timeout: True\n"
    assert find_complaint(slow, 12) == ["sleep 9: reached timeout: True"]


def test_the_name_of_a_tool_is_enough() -> None:
    said = (
        "# executed command: llc\n# | /a/b/bin/llc: error: /a/b/bin/llc: <stdin>:6:1: error: expected value\n"
        "# error: command failed with exit status: 1\n"
    )
    assert find_complaint(said, 12) == ["llc: error: llc: <stdin>:6:1: error: expected value"]


def test_why_tests_of_a_suite_are_red() -> None:
    crash = Signature(CrashKind.ASSERTION, "x && y", "lib/A.cpp:7", tuple(f"f{i}" for i in range(8)), "opt")
    other = Signature(CrashKind.SIGNAL, "SIGSEGV", "", (), "/usr/bin/python3")
    found = explain_failures(
        run(
            result("a", CRASH, crash),
            result("b", CRASH, other),
            result("c", XPASS),
            result("d", PASS),
            result("e", UNRESOLVED, None, "no such test"),
            result("f", FAIL, None, LIT.format(not_said="", complaint=COMPLAINT, end="")),
            result("g", TIMEOUT, SLOW),
            result("h", UNSUPPORTED),
        ),
        "LLVM 22.1.0",
    )
    assert {name: text.split("\n", 1)[0] for name, text in found.items()} == {
        "a": "opt of LLVM 22.1.0: assertion: x && y (lib/A.cpp:7)",
        "b": "/usr/bin/python3: SIGSEGV",
        "c": "passes, though it says XFAIL",
        "e": "no such test",
        "f": "a.ll:3:10: error: CHECK: expected string not found in input",
        "g": "ran longer than 20 s",
    }
    assert found["a"].split("\n")[1:] == [f"  f{i}" for i in range(6)]


@settings(deadline=None)
@given(st.text(), st.integers(1, 20))
def test_any_output_gives_a_bounded_complaint(text: str, lines: int) -> None:
    for output in (text, "".join(f"# executed command: x\n# | {line}\n" for line in text.split("\n"))):
        assert len(find_complaint(output, lines)) <= lines


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(1, 20))
def test_any_two_texts_differ_in_a_bounded_text(one: str, other: str, lines: int) -> None:
    text = describe_difference(captured(one), captured(other), lines)
    assert (text == "") is (one == other)
    assert len(text.split("\n")) <= lines + 3 + text.count("\r")


def test_differences_are_given_for_what_is_not_trivial() -> None:
    base = run(result("a", FAIL), result("b", PASS), result("c", FAIL, None, "x"), result("d", UNRESOLVED))
    patched = run(
        result("a", CRASH, SEGV), result("b", PASS), result("c", FAIL, None, "y"), result("d", PASS)
    )
    comparison = compare(base, patched, kind=FIX)
    assert find_differences(comparison) == {"a": "base:    fails\npatched: SIGSEGV"}


def test_all_pairs_give_a_difference_without_an_exception() -> None:
    for one, other in itertools.product(Outcome, Outcome):
        assert isinstance(describe_difference(result("a", one), result("a", other, CAST)), str)


def test_a_failure_in_the_place_of_a_crash_says_what_it_complains_of() -> None:
    said = "# | a.ll:3:10: error: CHECK: expected string not found in input\n# | ; CHECK: nop\n"
    told = describe_difference(result("a.ll", CRASH, SEGV), result("a.ll", FAIL, output=said))
    assert told.splitlines()[:2] == ["base:    SIGSEGV", "patched: fails"]
    assert "expected string not found" in told


# -- what nobody's verdict shows


def compared(*pairs: tuple[TestResult, TestResult]) -> tuple[str, ...]:
    base, patched = (run(*(pair[side] for pair in pairs)) for side in (0, 1))
    return describe_unseen(compare(base, patched, kind=FIX))


def test_tests_that_end_alike_on_both_sides_show_nothing() -> None:
    both = result("a.ll", PASS), result("b.ll", FAIL), result("c.ll", UNSUPPORTED)
    assert compared(*zip(both, both, strict=True)) == (
        "none of the 2 tests that ran shows the patch: they end with it as they do without",
    )


def test_a_test_that_changed_shows_the_patch() -> None:
    for base, patched in ((FAIL, PASS), (PASS, FAIL)):
        assert compared((result("a.ll", base), result("a.ll", patched))) == ()
    assert compared((result("a.ll", CRASH, CAST), result("a.ll", CRASH, SEGV))) == ()
    assert compared((result("a.ll", UNSUPPORTED), result("a.ll", UNSUPPORTED))) == ()


def test_failures_without_a_trace_are_named() -> None:
    both = [result(f"{name}.ll", CRASH, SEGV) for name in "abcdefg"]
    found = compare(run(*both), run(*both), kind=FIX)
    assert describe_untold(found) == (
        "not known whether it is the same failure on both sides: a.ll, b.ll, c.ll, d.ll, e.ll and 2 more",
    )
    told = result("a.ll", CRASH, replace(SEGV, frames=("llvm::f",)))
    assert describe_untold(compare(run(told), run(told), kind=FIX)) == ()


def test_a_test_that_cannot_notice_the_patch_did_not_run() -> None:
    base, patched = run(result("a.ll", PASS), result("b.ll", PASS)), run(result("a.ll", PASS))
    found = compare(base, patched, kind=FIX, unreached=frozenset({"b.ll"}))
    assert describe_unseen(found) == (
        "none of the 1 tests that ran shows the patch: they end with it as they do without",
    )

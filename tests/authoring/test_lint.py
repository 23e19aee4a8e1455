"""Every trap on which the two FileChecks, or lit's shell and a real one, part ways: found, named, placed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.authoring.lint import lint, main

SUITE = Path(__file__).parents[2] / "lit-tests"

HEAD = "; A reason to exist.\n; RUN: llc < %s | FileCheck %s\n"


def found(text: str) -> list[str]:
    return [str(finding) for finding in lint(text)]


def checks(*lines: str) -> str:
    """A clean test but for its check lines, which begin at line 3."""
    return HEAD + "".join(f"{line}\n" for line in lines)


def run(command: str) -> str:
    """A clean test but for its second RUN line, line 3."""
    return HEAD + f"; RUN: {command}\n; CHECK: x\n"


CLEAN = """\
; A reason to exist, with RUN and COM in it.
; REQUIRES: llvm-ge-19
; RUN: not llc -O0 < %s 2>&1 \\
; RUN:   | FileCheck --check-prefixes=CHECK,ASM %s
; RUN: llc %s -o %t && FileCheck -check-prefix DIAG --input-file=%t %s || echo "(no) for $x"

; A sentence about it. CHECK NEXT to nothing; the CHECK is a word here.
; NOTE: nothing
; CHECK-LABEL: f:
; CHECK:       call [[WHERE:[a-z0-9]+]]
; CHECK-NEXT:  {{^ *}}[[REG:r[0-9]+]]
; CHECK-SAME:  [[WHERE]]
; ASM-NOT:     nop
; ASM-COUNT-3: xchg
; ASM-DAG:     {{a|b|longer}} [[[]x
; CHECK-EMPTY:
; CHECK{LITERAL}: [[# {{(?:}}
; DIAG:        {{[Ee]rror}}: {{size|bytes}}
"""


def test_a_clean_test_has_no_violations() -> None:
    assert found(CLEAN) == []


CHECK_LINES = {
    "numeric variable": (
        ["; CHECK: [[#N:]]"],
        "3: numeric-variable: PyPI's filecheck reads `[[#` its own way; use [[NAME:...]]",
    ),
    "line variable": (
        ["; CHECK: a.ll:[[@LINE+1]]"],
        "3: line-variable: PyPI's filecheck has no [[@LINE]]; write the line's number",
    ),
    "POSIX class": (
        ["; CHECK: {{[[:alpha:]]+}}"],
        "3: posix-regex: PyPI's filecheck has no [[:class:]]; write the characters: [a-z]",
    ),
    "bracketed parenthesis": (
        ["; CHECK: {{[(x]}}"],
        "3: posix-regex: PyPI's filecheck misreads ( inside brackets; write {{\\(}} outside",
    ),
    "shadowed alternative": (
        ["; CHECK: {{(nop|nopw)}}"],
        "3: posix-regex: LLVM takes the longest alternative, PyPI's filecheck the first; "
        "put the longer one first",
    ),
    "Python's digit": (
        ["; CHECK: {{\\d+}}"],
        "3: python-regex: LLVM's FileCheck refuses `\\d+`: only Python reads it; "
        "write [0-9], [^ ]* and plain groups",
    ),
    "lazy, in a capture": (
        ["; CHECK: [[X:.*?]]"],
        "3: python-regex: LLVM's FileCheck refuses `.*?`: only Python reads it; "
        "write [0-9], [^ ]* and plain groups",
    ),
    "Python's group": (
        ["; CHECK: {{(?:a)}}"],
        "3: python-regex: LLVM's FileCheck refuses `(?:a)`: only Python reads it; "
        "write [0-9], [^ ]* and plain groups",
    ),
    "capture of a NEXT": (
        ["; CHECK: a", "; CHECK-NEXT: mov [[X:r[0-9]+]]"],
        "4: next-capture: PyPI's filecheck captures the rightmost match of a NEXT; "
        "begin the pattern with {{^ *}}",
    ),
    "underscore": (
        ["; CHECK: a", "; CHECK_NEXT: b"],
        "4: misspelled: `CHECK_NEXT:` is read by no FileCheck; write CHECK-NEXT:",
    ),
    "swapped letters": (
        ["; CHECK: a", "; CHEKC: b"],
        "4: misspelled: `CHEKC:` is read by no FileCheck; write CHECK:",
    ),
    "suffix with a mistake": (
        ["; CHECK: a", "// CHECK-NTO: b"],
        "4: misspelled: `CHECK-NTO:` is read by no FileCheck; write CHECK-NOT:",
    ),
    "space for a hyphen": (
        ["; CHECK: a", "; CHECK NEXT: b"],
        "4: misspelled: `CHECK NEXT:` is read by no FileCheck; write CHECK-NEXT:",
    ),
    "lower case": (
        ["; CHECK: a", "; check-next: b"],
        "4: misspelled: `check-next:` is read by no FileCheck; write CHECK-NEXT:",
    ),
    "space before the colon": (
        ["; CHECK: a", "; CHECK-NEXT : b"],
        "4: misspelled: `CHECK-NEXT :` is read by no FileCheck; write CHECK-NEXT:",
    ),
    "no colon": (
        ["; CHECK: a", "; CHECK-NEXT b"],
        "4: misspelled: `CHECK-NEXT` is read by no FileCheck; write CHECK-NEXT:",
    ),
    "count without a colon": (
        ["; CHECK: a", "; CHECK-COUNT-2 b"],
        "4: misspelled: `CHECK-COUNT-2` is read by no FileCheck; write CHECK-COUNT-2:",
    ),
    "a prefix nobody reads": (
        ["; CHECK: a", "; STATIC-NEXT: b"],
        "4: unchecked: no RUN line has the prefix of `STATIC-NEXT:`; name the prefix in a RUN line",
    ),
    "NEXT first": (
        ["; CHECK-NOT: x", "; CHECK-NEXT: a"],
        "4: next-first: CHECK-NEXT has no match before it to stand beside; begin with CHECK:",
    ),
    "SAME first": (
        ["; CHECK-SAME: a"],
        "3: next-first: CHECK-SAME has no match before it to stand beside; begin with CHECK:",
    ),
    "hidden by RUN": (
        ["; CHECK: a", "; RUNTIME CHECK: b"],
        "4: skipped-check: PyPI's filecheck skips a check line with RUN before the prefix; "
        "put nothing before the prefix",
    ),
    "hidden by COM": (
        ["; CHECK: a", "; COMMON CHECK: b"],
        "4: skipped-check: PyPI's filecheck skips a check line with COM before the prefix; "
        "put nothing before the prefix",
    ),
    "NOT inside the next match": (
        ["; CHECK: a", "; CHECK-NOT: nop", "; CHECK: {{.*}}nopw"],
        "4: not-in-match: PyPI's filecheck looks for it in what CHECK of line 5 matches, too; "
        "make the NOT more exact",
    ),
    "tab": (
        ["; CHECK: movq\trax"],
        "3: tab: PyPI's filecheck takes a tab for a tab only; write spaces",
    ),
}


@pytest.mark.parametrize(("lines", "expected"), CHECK_LINES.values(), ids=CHECK_LINES.keys())
def test_check_lines(lines: list[str], expected: str) -> None:
    assert found(checks(*lines)) == [expected]


RUN_LINES = {
    "implicit NOT": (
        "FileCheck --implicit-check-not=x %s",
        "3: option: the FileChecks disagree about --implicit-check-not; write the CHECK-NOT lines",
    ),
    "case": (
        "FileCheck -ignore-case %s",
        "3: option: the FileChecks disagree about --ignore-case; write both cases: {{[Ee]rror}}",
    ),
    "unused prefixes": (
        "FileCheck --allow-unused-prefixes %s",
        "3: option: the FileChecks disagree about --allow-unused-prefixes; take the unused prefix away",
    ),
    "variable scope": (
        "FileCheck --enable-var-scope %s",
        "3: option: the FileChecks disagree about --enable-var-scope; "
        "give each function's variables names of their own",
    ),
    "numeric definition": (
        "FileCheck -D#N=3 %s",
        "3: numeric-variable: PyPI's filecheck has no numeric variables; use [[NAME]]",
    ),
    "options by environment": (
        "env FILECHECK_OPTS=-v FileCheck %s",
        "3: filecheck-opts: only LLVM's FileCheck reads FILECHECK_OPTS; pass options",
    ),
    "unused prefix": (
        "FileCheck --check-prefixes=CHECK,ASM %s",
        "3: unused-prefix: no line begins with ASM:, so nothing is checked; "
        "take the prefix away or write its lines",
    ),
    "crash": (
        "not --crash llc %s",
        "3: not-crash: not every toolchain has LLVM's `not`; expect a diagnosed error",
    ),
    "loop": (
        "true; for f in a b; do llc $f; done",
        "3: shell: lit's shell has no loops; write a line for each",
    ),
    "subshell": (
        "(llc %s)",
        "3: shell: lit's shell has no subshells; write one command per RUN line",
    ),
    "here-string": (
        "cat <<< word",
        "3: shell: lit's shell has no here-strings; write `echo ... | command`",
    ),
    "command substitution": (
        'echo "$(date)"',
        "3: shell: lit passes `$(...)` on as it stands; write the value, or a step of its own",
    ),
    "unbalanced quote": (
        "echo 'x",
        "3: run-syntax: cannot split the command: No closing quotation; balance the quotes",
    ),
}


@pytest.mark.parametrize(("command", "expected"), RUN_LINES.values(), ids=RUN_LINES.keys())
def test_run_lines(command: str, expected: str) -> None:
    assert found(run(command)) == [expected]


def test_full_lines_are_refused_only_with_a_not() -> None:
    command = "FileCheck --match-full-lines %s"
    assert found(run(command)) == []
    assert found(run(command) + "; CHECK-NOT: b\n") == [
        "3: option: the FileChecks disagree about --match-full-lines with a NOT; "
        "anchor the patterns with {{^}} and {{$}}"
    ]


@pytest.mark.parametrize(
    "first", ["", "; RUN: true\n", "; CHECK: x\n", "; one word\n", "define void @f() {\n"]
)
def test_the_first_line_must_give_the_reason(first: str) -> None:
    text = first + "; RUN: llc < %s | FileCheck %s\n; CHECK: x\n"
    assert found(text) == [
        "1: no-reason: no first comment says why this test exists; begin with that sentence"
    ]


def test_a_file_without_a_final_newline() -> None:
    assert found(checks("; CHECK: a", "; CHECK-NOT: b").rstrip("\n")) == [
        "4: final-newline: no newline at the end of the file; end the line",
        "4: final-not: a NOT at the end misses the last character of a text without a final newline; "
        "end the file with a newline",
    ]


def test_a_file_without_a_run_line() -> None:
    assert found("; A reason to exist.\n; CHECK-NXT: a\n") == [
        "1: no-run: lit cannot resolve a test without a RUN line; write one"
    ]


def test_violations_come_in_the_order_of_lines() -> None:
    lines = [finding.line for finding in lint(checks("; CHECK: \t{{\\d}}", "; CHECK-NXT: a\t"))]
    assert lines == [3, 3, 4, 4]


def test_our_own_suite_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SUITE)]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_prints_file_line_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Inputs").mkdir()
    (tmp_path / "Inputs" / "part.ll").write_text("no test\n")
    test = tmp_path / "a.ll"
    test.write_text(checks("; CHECK: a\tb"))
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == (
        f"{test}:3: tab: PyPI's filecheck takes a tab for a tab only; write spaces\n"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f:\n    ret\n", ""),
        ("    # setitimer(ITIMER_PROF, ...)\n_start:\n    call main\n", "2: unbounded"),
        ("_start:\n    call main\n    # setitimer(ITIMER_PROF, ...)\n", "1: unbounded"),
        ("_start:\n    # setitimer(ITIMER_PROF, ...): ends it\n    call main\n", ""),
        ("_start:\n    // The first.\n    // setitimer(ITIMER_PROF, ...): ends it\n    bl main\n", ""),
    ],
)
def test_start_code_has_to_bound_its_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, found: str
) -> None:
    (tmp_path / "a.ll").write_text(checks("; CHECK: a"))
    start = tmp_path / "Inputs" / "start.s"
    start.parent.mkdir()
    start.write_text(text)
    said = (
        "a program that is lost runs for ever; call setitimer first, as lit-tests/AOT/Inputs/x86_64.s does, "
        "and say so in a comment"
    )
    assert main([str(tmp_path)]) == int(bool(found))
    assert capsys.readouterr().out == (f"{start}:{found}: {said}\n" if found else "")


def test_nothing_to_lint_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path)]) == 2
    assert main([str(tmp_path / "absent")]) == 2
    assert capsys.readouterr().err == (
        "usage: python -m harness.authoring.lint FILE_OR_FOLDER...\n"
        f"{tmp_path}: no tests there; give a test file or a folder of them\n"
        f"{tmp_path / 'absent'}: no tests there; give a test file or a folder of them\n"
    )


@given(st.text(alphabet="; RUN:CHECK-NEXT{[(|)]}#\\\"'$\n\tx%sFile", max_size=200))
def test_any_text_is_linted_without_an_exception(text: str) -> None:
    count = len((HEAD + text).split("\n"))
    assert all(1 <= finding.line <= count for finding in lint(HEAD + text))


@given(st.sampled_from(["CHECK", "CHECK-NEXT", "CHECK-LABEL", "CHECK-NOT"]), st.data())
def test_every_swap_of_neighbours_is_noticed(directive: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(directive) - 2))
    letters = list(directive)
    letters[place], letters[place + 1] = letters[place + 1], letters[place]
    word = "".join(letters)
    rules = {finding.rule for finding in lint(checks("; CHECK: a", f"; {word}: b"))}
    assert rules == (set() if word == directive else {"misspelled"})

"""What is found in each report of data/; then what holds of any text."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.desk.importing.case import CrashCase, read_case
from tests.desk.reports import DATA, REPORTS, Report


def found_in(case: CrashCase) -> dict[str, Any]:
    """What a case has, in the form of the files with expectations."""
    signature = case.signature
    assert signature is not None
    steps = case.steps if case.command.origin else ()
    return {
        "tool": steps[0].tool if steps else "",
        "options": list(steps[0].options) if steps else [],
        "original": case.command.original,
        "version": case.version.value,
        "target": case.target.value,
        "functions": list(case.fragment.functions),
        "stage": case.ending.stage,
        "guessed": [guess.what for guess in case.guesses if guess.what != "command" or case.command.origin],
        "missing": list(case.missing),
        "others": len(case.others),
        "signature": {
            "kind": signature.kind.value,
            "message": signature.message,
            "location": signature.location,
            "frames": list(signature.frames),
        },
    }


def expected_of(report: Report) -> dict[str, Any]:
    """The same of a file: what is not in it is not in the report."""
    facts = {"stage": "", "guessed": [], "missing": [], "others": 0, **report.facts}
    facts.setdefault("original", facts["tool"])
    return facts


def by_name(report: Report) -> str:
    return report.name


def test_every_report_has_expectations_and_the_reverse() -> None:
    assert {path.stem for path in DATA.glob("*.txt")} == {path.stem for path in DATA.glob("*.toml")}
    assert len(REPORTS) >= 20


@pytest.mark.parametrize("report", REPORTS, ids=by_name)
def test_report(report: Report) -> None:
    assert found_in(read_case(report.text)) == expected_of(report)


@pytest.mark.parametrize("report", REPORTS, ids=by_name)
def test_quoting_and_line_ends_change_nothing(report: Report) -> None:
    lines = report.text.split("\n")
    for changed in ("\r\n".join(lines), "\n".join(f"> {line}".rstrip() for line in lines)):
        assert read_case(changed).ir == read_case(report.text).ir
        assert found_in(read_case(changed)) == expected_of(report)


# What tells the parts of these from each other is lost when lines are broken: the prefix of a CI system, an
# encoding, the verifier's reason in a line of its own before the error.
UNFILLED = {
    "actions-log-cannot-select",
    "docker-ubsan",
    "jenkins-exception",
    "gitlab-broken-module",
    "mail-old-module-2014",
}


def fill(text: str, width: int) -> str:
    """The text with lines of at most so many columns, as a mail program breaks them."""
    lines = [
        textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
        or [""]
        for line in text.expandtabs(4).split("\n")
    ]
    return "\n".join(part for parts in lines for part in parts)


@pytest.mark.parametrize("report", [one for one in REPORTS if one.name not in UNFILLED], ids=by_name)
@settings(max_examples=15, deadline=None)
@given(width=st.integers(66, 120))
def test_the_width_of_the_lines_changes_nothing(report: Report, width: int) -> None:
    case = read_case(fill(report.text, width))
    assert case.ir == read_case(report.text).ir
    assert found_in(case) == expected_of(report)


def test_of_a_very_long_log_the_function_is_whole_and_that_it_was_cut_is_said() -> None:
    noise = "".join(f"compiling {number}{' and more' * 20}\n" for number in range(25_000))
    body = "".join(f"  %x{number} = add i32 {number}, 1\n" for number in range(500))
    case = read_case(f"{noise}define void @f() {{\n{body}  ret void\n}}\n{noise}LLVM ERROR: no\n")
    assert case.ir.count("\n") == 503
    assert case.signature is not None
    assert [guess.why for guess in case.guesses if guess.what == "text"] == [
        "more than 8 MiB: only what is near something telling was read"
    ]


IR_LIKE = st.sampled_from(
    [
        *(
            "define void @f(",
            ") {",
            "}",
            "  ret void",
            "call void @f(",
            "%5 = ",
            "bitcast (",
            "to i8*)",
            "<",
            "{",
            '"',
        ),
        *(
            "; RUN: llc -load x",
            "> ",
            "```",
            "\x1b[31m",
            "#0 0x1234567 in f",
            "Assertion failed: (",
            ", line 12.",
        ),
        *(
            "LLVM ERROR: ",
            "Stack dump:",
            "0. Program arguments: llc ",
            "llc: a.cpp:1: f: Assertion `",
            "' failed.",
        ),
        *(
            "Content-Type: text/plain\n",
            "=3D",
            "&lt;",
            "<pre>",
            "i8 (" * 30,
            "\n",
            " ",
            "target triple = ",
            "metadata !{",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(IR_LIKE, st.text(max_size=20)), max_size=40).map("".join))
def test_any_text_is_a_case(text: str) -> None:
    case = read_case(text)
    assert ("IR" in case.missing) == (not case.ir)
    assert all(re.fullmatch(r"[a-zA-Z]+", word) for word in case.missing)

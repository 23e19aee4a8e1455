"""Text of others on a terminal, in a log and in reports: it cannot act on whoever reads it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.printable import defuse, one_line, printable, safe_line, safe_text, tail

# What GitHub's, Azure's and TeamCity's runners look for (actions/runner, ActionCommand.cs).
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PIECES = st.sampled_from(
    [
        *"\x1b\x9b\x07\n\t\r \u3000\xa0a:#[]",
        "::",
        "##",
        "##[",
        "##vso[",
        "error",
        "\u202e",
        "\u2066",
        "\x1b[0m",
    ]
)
texts = st.lists(_PIECES | st.text(max_size=3)).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b]0;PWNED\x07", "]0;PWNED"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31m", "31m"),
        ("if (admin\u202e \u2066// user\u2069)", "if (admin<U+202E> <U+2066>// user<U+2069>)"),
        ("a\u200eb\u200fc\u061cd", "a<U+200E>b<U+200F>c<U+061C>d"),
        ("  ::error file=x.c,line=1::pwned", "  : :error file=x.c,line=1::pwned"),
        ("a\n\u3000::error::b\n::c", "a\n\u3000: :error::b\n: :c"),
        ("\x1b::error::hidden by what is left out", ": :error::hidden by what is left out"),
        (
            "x ##[error]y ##vso[task.complete]z ##teamcity[q]",
            "x ## [error]y ## vso[task.complete]z ## teamcity[q]",
        ),
        ("llvm::X86AsmPrinter::run ## comment #[x]", "llvm::X86AsmPrinter::run ## comment #[x]"),
    ],
)
def test_safe_text(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_safe_line_is_one_line() -> None:
    assert safe_line("_f\n::error::x\ty") == "_f<U+000A>::error::x\ty"
    assert safe_line("::x") == ": :x"


@given(texts)
def test_nothing_that_acts_is_left(text: str) -> None:
    for shown in (safe_text(text), safe_line(text), defuse(one_line(text)), defuse(tail(text, 3))):
        assert not ACTING.search(shown)
        assert not COMMAND.search(shown)
    assert "\n" not in safe_line(text)


@given(texts)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)
    assert printable(printable(text)) == printable(text)


def test_an_error_says_its_lines_and_no_others() -> None:
    error = UsageError('unknown key "\x1b]0;x\x07\nnext: rm -rf /"', "take\nit out", "one\ntwo\n")
    assert str(error) == 'unknown key "]0;x<U+000A>next: rm -rf /"\n  one\n  two\nnext: take<U+000A>it out'


def test_an_error_is_bounded() -> None:
    """What a tool writes may have megabytes: a terminal, a log and the reports get its two ends."""
    error = UsageError("x" * 5000, "y", "\n".join(["z" * 9000, *map(str, range(1000))]))
    what, first, *lines, last = str(error).splitlines()
    assert what == f"{'x' * 500}...{'x' * 500}"
    assert first == f"  {'z' * 2000}...{'z' * 2000}"
    assert lines == [
        *(f"  {n}" for n in range(199)),
        "  ... 601 more lines ...",
        *(f"  {n}" for n in range(800, 1000)),
    ]
    assert last == "next: y"

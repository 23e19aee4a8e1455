"""Text with parts left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.desk.reduce.text import (
    count_lines,
    declarations,
    is_balanced,
    lacks,
    minimise,
    shorten,
    split_blocks,
    split_words,
)

TEXT = """\
; A comment.
target triple = "x86_64"

declare i32 @g(i32)
declare i32 @h(i32)

define i32 @other() {
  ret i32 0
}
define i32 @f(i32 %x) nounwind {
  %a = add i32 %x, 1
  %bad = call i32 @g(i32 %a) ; why
  ret i32 %bad
}
"""


@given(st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, max(0, n - 1))))))
def test_what_is_needed_is_what_is_left(case: tuple[int, set[int]]) -> None:
    number, needed = case
    needed &= set(range(number))
    assert minimise(range(number), lambda some: needed <= set(some)) == sorted(needed)


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 40))
def test_nothing_left_can_be_left_out_alone(items: list[int], least: int) -> None:
    def holds(some: Sequence[int]) -> bool:
        return sum(some) >= min(least, sum(items)) or len(some) % 7 == 5

    left = minimise(items, holds)
    assert holds(left) or left == items
    alone = [left[:place] + left[place + 1 :] for place in range(len(left))]
    assert not any(map(holds, alone))


@given(st.text(alphabet='ab{}"; \n%@.(', max_size=80))
def test_parts_make_up_the_text(text: str) -> None:
    assert "".join(split_blocks(text)) == text
    assert "".join(split_words(text)) == text


def test_a_function_is_one_block() -> None:
    blocks = split_blocks(TEXT)
    assert [block.splitlines()[0] for block in blocks] == [
        "; A comment.",
        'target triple = "x86_64"',
        "",
        "declare i32 @g(i32)",
        "declare i32 @h(i32)",
        "",
        "define i32 @other() {",
        "define i32 @f(i32 %x) nounwind {",
    ]


def test_only_what_holds_is_left_and_what_is_called_stays_declared() -> None:
    short = shorten(TEXT, lambda text: "@f(" in text and "call i32 @g(i32 %a)" in text)
    assert short == "declare @g\n @f(\n call i32 @g(i32 %a)\n"
    # Without a call of it, its declaration goes too.
    assert shorten(TEXT, lambda text: "@f(" in text) == " @f(\n"


def test_what_does_not_hold_without_anything_stays() -> None:
    assert shorten(TEXT, lambda text: text == TEXT) == TEXT
    assert shorten("a b", lambda text: text == "a b\n") == "a b\n"


def test_an_argument_goes_with_its_comma() -> None:
    text = "call @f(i32 1, i64 2, ptr %a)\n"
    assert shorten(text, lambda text: text.startswith("call @f(i32 1") and text.count(",") != 1) == (
        "call @f(i32 1)\n"
    )


@pytest.mark.parametrize(
    ("text", "balanced"),
    [("f(a[1], {})", True), ('c")["', True), ("(", False), ("([)]", False), (")(", False), ("", True)],
)
def test_brackets_are_closed_in_order(text: str, balanced: bool) -> None:
    assert is_balanced(text) == balanced


def test_brackets_that_never_were_closed_need_not_be() -> None:
    assert shorten("f( a b(\n", lambda text: "b" in text) == " b\n"


def test_declarations_are_told_from_names_that_begin_alike() -> None:
    assert declarations(TEXT) == {"g", "h"}
    assert lacks("call @g(i32 1)", frozenset({"g"}))
    assert not lacks("call @g.1(i32 1) @gg", frozenset({"g"}))
    assert not lacks("declare i32 @g(i32)\ncall @g(i32 1)", frozenset({"g"}))


def test_lines_that_say_nothing_do_not_count() -> None:
    assert count_lines(TEXT) == 11

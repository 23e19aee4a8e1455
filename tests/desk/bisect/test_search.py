"""Bisection with missing answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.desk.bisect.search import Answer, Span, search

OF = {"-": Answer.WITHOUT, "+": Answer.WITH, "?": Answer.UNKNOWN}


def find(steps: str) -> Span | None:
    return search(len(steps), lambda step: OF[steps[step]])


@pytest.mark.parametrize(
    ("steps", "span"),
    [
        ("-+", Span(0, 1)),
        ("+-", Span(0, 1)),
        ("---+++++", Span(2, 3)),
        ("?-?-+?+?", Span(3, 4)),
        ("-??+", Span(0, 3, (1, 2))),
        ("--?++", Span(1, 3, (2,))),
        ("??-+??", Span(2, 3)),
        ("", None),
        ("-", None),
        ("???", None),
        ("--", None),
        ("?+?", None),
        ("+-+", None),  # the ends agree: nothing is known of the middle
    ],
)
def test_the_change_is_found(steps: str, span: Span | None) -> None:
    assert find(steps) == span


@given(st.text("+-?", max_size=40))
def test_the_answer_changes_there_and_every_step_is_asked_once(steps: str) -> None:
    asked: list[int] = []

    def ask(step: int) -> Answer:
        asked.append(step)
        return OF[steps[step]]

    span = search(len(steps), ask)
    assert len(asked) == len(set(asked))
    known = [step for step in steps if step != "?"]
    if span is None:
        assert not known or known[0] == known[-1]
    else:
        assert {steps[span.before], steps[span.after]} == {"+", "-"}
        assert steps[span.before] == known[0]
        assert span.unknown == tuple(range(span.before + 1, span.after))
        assert all(steps[step] == "?" for step in span.unknown)


@given(st.integers(1, 500), st.integers(1, 500))
def test_few_steps_are_asked(before: int, after: int) -> None:
    asked = []
    steps = "-" * before + "+" * after

    def ask(step: int) -> Answer:
        asked.append(step)
        return OF[steps[step]]

    assert search(len(steps), ask) == Span(before - 1, before)
    assert len(asked) <= 2 + len(steps).bit_length()

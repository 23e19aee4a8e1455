"""Since when something is bad, how often it varies, how long it takes: from made-up runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cell import CellState
from harness.history.text import chunks, matches
from harness.history.timeline import (
    Durations,
    Evaluation,
    FlakyTest,
    Sighting,
    find_first_bad,
    find_flaky_tests,
    is_good_outcome,
    sort_slowest,
)
from harness.model import Outcome


def seen(*goods: bool | None) -> list[Sighting]:
    """Runs 1, 2, ... in which something was good or not; each with identities of its own."""
    return [
        Sighting(run, float(run), "said", good, {"series": f"s{run}", "llvm": "19"})
        for run, good in enumerate(goods, 1)
    ]


def test_what_is_bad_since_it_was_good() -> None:
    found = find_first_bad("cell", "", seen(False, True, None, False, None, False, None))
    assert found is not None
    assert found.good is not None
    assert (found.good.run, found.bad.run, found.last.run) == (2, 4, 6)
    assert found.changed == ("series: s2 -> s4",)


def test_what_was_never_good() -> None:
    found = find_first_bad("cell", "a.ll", seen(None, False, False))
    assert found is not None
    assert (found.good, found.bad.run, found.changed) == (None, 2, ())


@pytest.mark.parametrize("goods", [(), (None,), (True,), (False, True), (False, True, None)])
def test_what_is_good_now_is_not_bad(goods: tuple[bool | None, ...]) -> None:
    assert find_first_bad("cell", "", seen(*goods)) is None


@given(st.lists(st.sampled_from((True, False, None))))
def test_between_the_last_good_run_and_the_first_bad_one_nothing_tells(goods: list[bool | None]) -> None:
    found = find_first_bad("cell", "", seen(*goods))
    telling = [good for good in goods if good is not None]
    assert (found is not None) is (telling[-1:] == [False])
    if found is not None:
        start = found.good.run if found.good is not None else 0
        assert set(goods[start : found.bad.run - 1]) <= {None}
        assert True not in goods[found.bad.run - 1 :]


def test_of_an_identity_that_one_of_the_runs_lacks_nothing_is_known() -> None:
    one = Sighting(1, 1.0, "", True, {"toolchain": "0123456789abcdef", "suite": "s", "harness": "h"})
    other = Sighting(2, 2.0, "", False, {"toolchain": "f123456789abcdef", "series": "p", "harness": "h"})
    found = find_first_bad("cell", "", [one, other])
    assert found is not None
    assert found.changed == ("toolchain: 0123456789ab -> f123456789ab",)


@pytest.mark.parametrize("state", CellState)
def test_red_states_are_bad_and_those_that_are_asked_again_say_nothing(state: CellState) -> None:
    assert (state.is_good is None) is (not state.is_kept)
    assert not (state.is_good and state.is_red)


def test_outcomes() -> None:
    good = {outcome for outcome in Outcome if is_good_outcome(outcome)}
    bad = {outcome for outcome in Outcome if is_good_outcome(outcome) is False}
    assert good == {Outcome.PASS, Outcome.XFAIL}
    assert bad == {Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT, Outcome.XPASS}


def test_a_test_is_flaky_if_it_varies_with_the_same_key() -> None:
    def of(key: str, cell: str, test: str, good: bool | None, varies: bool = False) -> Evaluation:
        return Evaluation(key, cell, test, good, varies)

    found = find_flaky_tests(
        [
            *(of("1", "c1", "a.ll", good) for good in (True, True, False, None)),
            # Another key: that it always failed there says nothing of how often it varies.
            *(of("2", "c2", "a.ll", False) for _ in range(9)),
            *(of("3", "c3", "a.ll", good) for good in (False, True)),
            of("1", "c1", "b.ll", True, varies=True),
            *(of("1", "c1", "c.ll", good) for good in (True, None)),
        ]
    )
    assert found == (FlakyTest("b.ll", ("c1",), 1, 1), FlakyTest("a.ll", ("c1", "c3"), 5, 2))
    assert found[1].rate == 0.4


def test_durations() -> None:
    slow, new = Durations("slow", ((1, 2.0), (2, 4.0), (5, 6.0))), Durations("new", ((5, 9.0),))
    assert (slow.median, slow.last, slow.growth) == (4.0, 6.0, 2.0)
    assert (new.growth, Durations("instant", ((1, 0.0), (2, 1.0))).growth) == (None, None)
    assert sort_slowest([slow, new]) == [new, slow]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*", ["a-fix [llvm-19]", "suite [llvm-19]", "suite [wheel:0.47]"]),
        ("a-fix [llvm-19]", ["a-fix [llvm-19]"]),
        ("*[llvm-1?]", ["a-fix [llvm-19]", "suite [llvm-19]"]),
        ("suite", []),
    ],
)
def test_brackets_in_a_pattern_are_brackets(pattern: str, names: list[str]) -> None:
    all_of = ["a-fix [llvm-19]", "suite [llvm-19]", "suite [wheel:0.47]"]
    assert [name for name in all_of if matches(name, pattern)] == names


def test_chunks() -> None:
    assert list(chunks({3, 1, 2}, 2)) == [[1, 2], [3]]

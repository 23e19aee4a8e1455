"""Where two texts differ."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reach.lines import alike
from harness.reach.lines.alike import find_replaced

texts = st.lists(st.sampled_from("abcdefghij"), max_size=30)


@settings(deadline=None)
@given(texts, texts, st.sampled_from([0, 20, 250_000]))
def test_what_is_replaced_makes_the_new_text_of_the_old(old: list[str], new: list[str], small: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "_SMALL", small)
        found = find_replaced(old, new)
    made = list(old)
    for i, j, k, m in reversed(found):
        assert (j, m) != (i, k), "nothing is replaced by nothing"
        assert old[i : i + 1] != new[k : k + 1] or i == j or k == m
        made[i:j] = new[k:m]
    assert made == new
    assert all(b[0] > a[1] for a, b in itertools.pairwise(found)), "with a common line in between"
    if old == new:
        assert found == []


def test_a_large_file_takes_no_time() -> None:
    """X86ISelLowering.cpp, of which a series changes a line at both ends, took 16 s."""
    old = [line for n in range(20_000) for line in ("break;", f"case {n}:", "}")]
    new = [f"first {old[1]}", *old[2:-7], "last", *old[-7:]]
    start = time.process_time()
    assert find_replaced(["begin", *old], ["begin", *new]) == [(1, 3, 1, 2), (59994, 59994, 59993, 59994)]
    assert time.process_time() - start < 2

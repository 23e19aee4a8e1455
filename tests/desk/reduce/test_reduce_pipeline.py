"""Pipelines with fewer passes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.desk.reduce.pipeline import shorten_pipeline, split_passes


@pytest.mark.parametrize(
    ("pipeline", "passes"),
    [
        ("gvn", ["gvn"]),
        ("sroa<a,b>,function<x>(gvn,dce),dce", ["sroa<a,b>", "function<x>(gvn,dce)", "dce"]),
        ("cgscc(devirt<4>(inline,function(a,b)))", ["cgscc(devirt<4>(inline,function(a,b)))"]),
    ],
)
def test_commas_in_brackets_do_not_part_passes(pipeline: str, passes: list[str]) -> None:
    assert list(split_passes(pipeline)) == passes


def test_what_is_nested_is_dropped_too() -> None:
    pipeline = "a,function<e>(b,loop(c,licm<x,y>,d),gvn),cgscc(e),f"
    asked: list[str] = []

    def holds(one: str) -> bool:
        asked.append(one)
        return "licm" in one and "f" in one.split(",")

    assert shorten_pipeline(pipeline, holds) == "function<e>(loop(licm<x,y>)),f"
    assert not any("()" in one or one == "" for one in asked)


_PASS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
_PIPELINES = st.recursive(
    st.lists(_PASS, min_size=1, max_size=4).map(",".join),
    lambda inner: st.lists(
        st.tuples(st.sampled_from(["function", "loop<a,b>"]), inner).map(lambda two: f"{two[0]}({two[1]})"),
        min_size=1,
        max_size=3,
    ).map(",".join),
    max_leaves=8,
)


@given(_PIPELINES, st.data())
def test_what_is_needed_stays(pipeline: str, data: st.DataObject) -> None:
    leaves = re.findall(r"[a-z]+(?=[,)]|$)", pipeline.replace("<a,b>", ""))
    needed = data.draw(st.sampled_from(leaves))
    short = shorten_pipeline(pipeline, lambda one: needed in re.findall(r"[a-z]+", one.replace("<a,b>", "")))
    assert re.findall(r"[a-z]+(?=[,)]|$)", short.replace("<a,b>", "")) == [needed]

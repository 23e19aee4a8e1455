"""Shrinking: every step is smaller, and the predicate is true of the result."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fuzz import printer
from harness.fuzz.generate import Shape, module
from harness.fuzz.ir import IRFunction, IRModule, Site, sites
from harness.fuzz.shrink import reduce, smaller_functions
from harness.fuzz.targets import names


def first(seed: int, name: str = "x86-64") -> IRFunction:
    return module(seed, Shape(name, 1)).functions[0]


def weight(function: IRFunction) -> tuple[int, str]:
    """Its printed size, without placeholders."""
    said = repr(function).replace("number=None", "").replace("Literal(type='i64', bits=0)", "")
    return len(said), said


def text(function: IRFunction) -> str:
    return printer.text(IRModule(0, "x86-64", 2, False, (function,)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(names())))
def test_every_step_is_smaller(seed: int, name: str) -> None:
    function = first(seed, name)
    steps = list(smaller_functions(function))
    assert steps
    assert all(weight(one) < weight(function) for one in steps)


def anyregcc(function: IRFunction) -> list[Site]:
    return [one for one in sites(function.body) if one.convention == "anyregcc" and one.arguments]


def test_what_does_not_matter_is_gone() -> None:
    start = next(f for f in map(first, range(100)) if len(anyregcc(f)) == 1 and len(f.body) > 5)
    small = reduce(start, lambda one: bool(anyregcc(one)), most=2000)
    (site,) = sites(small.body)
    assert (len(small.body), len(site.arguments), site.live, site.number) == (1, 1, (), None)
    assert (small.parameters, small.kept, small.attributes, small.convention) == ((), (), (), "")
    assert "anyregcc" in text(small)


def test_a_predicate_that_always_holds_leaves_nothing() -> None:
    assert reduce(first(1), lambda _one: True).body == ()


def test_a_predicate_that_never_holds_leaves_all() -> None:
    assert reduce(first(1), lambda _one: False, most=5000) == first(1)


def test_the_predicate_is_not_asked_more_often_than_allowed() -> None:
    asked: list[IRFunction] = []

    def never(one: IRFunction) -> bool:
        asked.append(one)
        return False

    reduce(first(2), never, most=7)
    assert len(asked) == 7

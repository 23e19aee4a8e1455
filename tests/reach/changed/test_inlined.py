"""Functions of a release that may contain code of another: its compiler inlines more than ours."""

from __future__ import annotations

import pytest

from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.cut import cut
from harness.reach.changed.elf import read_elf
from harness.reach.changed.inlined import find_inlined
from harness.reach.names import FunctionName
from tests.reach.changed.conftest import Compile

pytestmark = [pytest.mark.builds, pytest.mark.needs_llvm]

NOT, ALWAYS = "-DHOW=[[gnu::noinline]]", "-DHOW=[[gnu::always_inline]]"
TEXT = """
HOW inline int low(int a) { return a * 7 + 1; }
HOW static int middle(int a) { return low(a) + low(a + 3); }
[[gnu::noinline]] int high(int a) { return middle(a) * 5; }
int highest(int a) { return high(a) + high(a + 1); }
int (*pointer())(int) { return low; }
"""
LOW, MIDDLE = FunctionName("", "_Z3lowi"), FunctionName("U.cpp", "_ZL6middlei")
HIGH, HIGHEST = FunctionName("", "_Z4highi"), FunctionName("", "_Z7highesti")


@pytest.fixture
def graph(compile_unit: Compile) -> BlockGraph:
    return cut(read_elf(compile_unit(TEXT, NOT), "U.o"))


def test_a_release_that_inlines_as_we_do_contains_nothing(graph: BlockGraph) -> None:
    for name in (LOW, MIDDLE, HIGH, HIGHEST):
        assert find_inlined([name], graph, graph) == frozenset()


def test_code_that_is_inlined_is_in_its_callers_up_to_who_calls(
    compile_unit: Compile, graph: BlockGraph
) -> None:
    release = cut(read_elf(compile_unit(TEXT, ALWAYS, "-O2"), "U.o"))
    assert find_inlined([LOW], graph, release) == {MIDDLE, HIGH}
    assert find_inlined([MIDDLE], graph, release) == {HIGH}
    assert find_inlined([HIGH], graph, release) == frozenset()
    assert find_inlined([LOW, HIGH], graph, release) == {MIDDLE}


def test_one_call_of_two_that_is_inlined_counts(compile_unit: Compile, graph: BlockGraph) -> None:
    half = TEXT.replace("low(a) + low(a + 3)", "low(a) + (a + 3) * 7 + 1")
    release = cut(read_elf(compile_unit(half, NOT), "U.o"))
    assert find_inlined([LOW], graph, release) == {MIDDLE}


def test_without_a_release_all_callers_may_contain_it(graph: BlockGraph) -> None:
    pointer = FunctionName("", "_Z7pointerv")
    assert find_inlined([LOW], graph, None) == {MIDDLE, HIGH, HIGHEST, pointer}
    assert find_inlined([HIGHEST], graph, None) == frozenset()

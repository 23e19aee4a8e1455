"""The name of a function: ordered, and told apart by its unit if it is local."""

from __future__ import annotations

from harness.reach.names import FunctionName


def test_local_functions_of_two_units_differ() -> None:
    one, other = FunctionName("A.cpp", "_ZL3runv"), FunctionName("B.cpp", "_ZL3runv")
    assert one != other
    assert sorted([other, one, FunctionName("", "main")]) == [FunctionName("", "main"), one, other]


def test_a_local_function_is_shown_with_its_unit() -> None:
    assert str(FunctionName("A.cpp", "_ZL3runv")) == "A.cpp:_ZL3runv"
    assert str(FunctionName("", "main")) == "main"

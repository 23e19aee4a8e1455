"""Patch coverage as a value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.coverage import AddedBranch, AddedLine, FileCoverage, PatchCoverage


@pytest.mark.parametrize(
    ("true", "false", "lacking"), [(0, 0, ""), (3, 1, ""), (2, 0, "false"), (0, 2, "true")]
)
def test_the_value_that_a_condition_never_had(true: int, false: int, lacking: str) -> None:
    assert AddedBranch(1, "x", true, false).lacking == lacking


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2))))
def test_only_all_is_one_hundred_percent(counts: list[list[int]]) -> None:
    files = tuple(
        FileCoverage(f"{n}.cpp", tuple(AddedLine(i, count, "") for i, count in enumerate(file, 1)))
        for n, file in enumerate(counts)
    )
    coverage = PatchCoverage(files)
    assert coverage.covered + len(list(coverage.missed)) == coverage.total
    assert (coverage.percent == 100) == (coverage.total > 0 and not list(coverage.missed))
    assert (coverage.percent is None) == (coverage.total == 0)

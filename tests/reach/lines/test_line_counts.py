"""Line counts from what llvm-cov exports: the same as llvm-cov's own for lcov."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EnvironmentLacksError
from harness.reach.lines.counts import Condition, CoverageSegment, count_lines, read_export

# Made of sample.cpp by clang 19 with `-ffile-prefix-map` and `-fcoverage-compilation-dir=/`; the program ran
# twice, with one profile: `./sample` and `./sample 1 2`.
DATA = Path(__file__).with_name("data")


def export() -> Any:
    return json.loads((DATA / "export.json").read_text())


def lcov() -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    name = ""
    for line in (DATA / "export.lcov").read_text().splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            name = value
        if kind == "DA":
            number, count = value.split(",")
            found.setdefault(name, {})[int(number)] = int(count)
    return found


def test_the_counts_of_lines_are_those_of_llvm_cov() -> None:
    found = read_export(export())
    assert {name: dict(counts.lines) for name, counts in found.items()} == lcov()
    assert set(found) == {"/sample.cpp", "/sample.h"}


def test_what_cannot_execute_has_no_count() -> None:
    lines = (DATA / "sample.cpp").read_text().splitlines()
    counts = read_export(export())["/sample.cpp"].lines
    without = {text.strip() for number, text in enumerate(lines, 1) if number not in counts}
    assert {
        "// A comment between functions.",
        "#if 0",
        "sum = 0;",
        "enum Kind { Small, Large, Other };",
    } <= without
    assert "/* a comment" in without


def test_a_condition_of_a_macro_is_not_one_of_the_line() -> None:
    record = export()
    file = record["data"][0]["files"][0]
    assert Condition(10, 17, 10, 23, 2, 0) in read_export(record)[file["filename"]].conditions
    file["branches"] = [[10, 7, 10, 7, 1, 0, 0, 0, 4]]
    assert read_export(record)[file["filename"]].conditions == ()


@pytest.mark.parametrize(
    "record", [{}, [], None, {"data": [{"files": [{"filename": "a", "segments": [[1, 2]]}]}]}, {"data": 3}]
)
def test_another_record_is_an_error(record: object) -> None:
    with pytest.raises(EnvironmentLacksError, match=r"^llvm-cov wrote something else than coverage: "):
        read_export(record)


segments = st.builds(
    CoverageSegment,
    st.integers(1, 30),
    st.integers(1, 9),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(segments, max_size=30))
def test_more_executions_never_lose_a_line(found: list[CoverageSegment]) -> None:
    """The lines that can execute do not depend on the counts, and a count that grows makes none smaller."""
    ordered = sorted(found)
    more = [
        CoverageSegment(s.line, s.column, s.count + 1, s.has_count, s.is_entry, s.gap)
        for s in ordered
        if s.has_count
    ]
    kept = [s for s in ordered if s.has_count]
    few, many = count_lines(kept), count_lines(more)
    assert few.keys() == many.keys()
    assert all(count <= many[line] for line, count in few.items())

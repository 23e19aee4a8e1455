"""Which tests may notice a change, and how few profiles that takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reach.lines.counts import LineCounts, read_export
from harness.reach.lines.reaching import FEW_READS, ChangedText, find_reaching

DATA = Path(__file__).with_name("data")
PATH = "sample.cpp"
OLD = (DATA / PATH).read_text()
COUNTS = read_export(json.loads((DATA / "export.json").read_text()))[f"/{PATH}"]
TESTS = [f"{n}.ll" for n in range(40)]


class Profiles:
    """Profiles of tests of which some get to the line that is changed. `read` notes what was read."""

    def __init__(self, executing: frozenset[str]) -> None:
        self.executing = executing
        self.read: list[tuple[str, ...]] = []

    def __call__(self, tests: Iterable[str]) -> Mapping[str, LineCounts]:
        self.read.append(tuple(tests))
        lines = dict(COUNTS.lines)
        lines[43] = len(self.executing & {*self.read[-1]})
        return {PATH: replace(COUNTS, lines=lines)}


def change(old: str, new: str) -> dict[str, ChangedText]:
    return {PATH: ChangedText(OLD, OLD.replace(old, new))}


@settings(deadline=None, max_examples=40)
@given(st.frozensets(st.sampled_from(TESTS)))
def test_the_tests_that_execute_a_changed_line(executing: frozenset[str]) -> None:
    profiles = Profiles(executing)
    found, why = find_reaching(TESTS, change("add(1);", "add(2);"), profiles)
    assert (found >= executing, why) == (True, "")
    if len(executing) <= 3:
        assert found == executing
    assert len(profiles.read) <= 2 + 2 * len(executing) * 6
    assert len(profiles.read) <= 3 + FEW_READS + len(TESTS) // 8 + len(TESTS) - len(found)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (change("enum Kind { Small,", "enum Kind {"), f"{PATH}: line 7 may matter elsewhere"),
        ({"a.h": ChangedText(None, "int x;")}, "a.h: the file is new"),
        ({"a.h": ChangedText("int x;", None)}, "a.h: the file is gone"),
        ({"a.h": ChangedText("int x;", "int y;")}, "a.h: line 1 is not inside a function"),
    ],
)
def test_where_lines_do_not_tell_every_test_may_notice(changes: dict[str, ChangedText], why: str) -> None:
    profiles = Profiles(frozenset())
    assert find_reaching(TESTS, changes, profiles) == (frozenset(TESTS), why)
    assert set(profiles.read) <= {()}, "and no profile is read"


def test_a_comment_reaches_nobody() -> None:
    profiles = Profiles(frozenset(TESTS))
    assert find_reaching(TESTS, change("// A comment", "// Another"), profiles) == (frozenset(), "")
    assert find_reaching([], change("add(1);", "add(2);"), profiles) == (frozenset(), "")

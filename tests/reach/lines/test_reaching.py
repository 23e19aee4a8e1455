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
from harness.reach.lines.reaching import (
    FEW_READS,
    ChangedText,
    apply_doubts,
    find_applied,
    find_doubt,
    find_missed,
    find_places,
    find_reaching,
)

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


def test_what_lines_do_not_tell_of_becomes_a_part_of_the_old_text() -> None:
    """The places of the rest are shown by the new text, or by base's where lines are only removed."""
    new = OLD.replace("#include <cstdlib>\n", "#include <cstdlib>\n#include <cstdio>\n")
    removed = new.replace("    abort();\n", "")
    doubt = find_doubt({PATH: ChangedText(OLD, removed)})
    assert doubt == f"{PATH}: line 3 may matter elsewhere"
    rest = apply_doubts({PATH: ChangedText(OLD, removed), "gone.h": ChangedText("int x;", None)})
    assert rest == {PATH: ChangedText(new, removed, OLD), "gone.h": ChangedText("int x;", None)}
    assert find_applied(rest) == {PATH: new}
    mine = {PATH: rest[PATH]}
    assert find_doubt(mine) == ""
    line = OLD.splitlines().index("    abort();") + 1
    # The counts are those of lines of the old text, which has one more.
    lines = {n + (n > 2): count for n, count in COUNTS.lines.items()}
    segments = tuple(replace(one, line=one.line + (one.line > 2)) for one in COUNTS.segments)
    counts = {PATH: LineCounts(lines, (), segments)}
    assert find_missed(mine, counts) == (f"{PATH}:{line}",)
    changed = {PATH: replace(rest[PATH], new=new.replace("abort();", "exit(1);"))}
    assert find_missed(changed, counts) == (f"{PATH}:{line + 1}",)


def test_places_that_lines_tell_of() -> None:
    both = OLD.replace("    abort();", "\n    exit(1);").replace("enum Kind { Small,", "enum Kind {")
    line = both.splitlines().index("    exit(1);") + 1
    assert find_places({PATH: ChangedText(OLD, both), "a.h": ChangedText(None, "int x;")}) == (
        f"{PATH}:{line}",
    )

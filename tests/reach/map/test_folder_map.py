"""The map of a folder: what was watched is read again, and what is damaged is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model import Outcome
from harness.reach.map import format as map_format
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import UnusableMapError, read_map, write_map

MOST = 40
ORIGIN = Origin("19.1.7", "release", "upstream:CodeGen/X86", "suite", "all", MOST, "table")
NUMBERS = st.frozensets(st.integers(0, MOST - 1))
WATCHED = st.builds(
    WatchedTest,
    name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6),
    outcome=st.sampled_from(Outcome),
    entered=st.dictionaries(st.sampled_from(["llc", "opt", "llvm-mc"]), NUMBERS),
    unknown=st.sampled_from(["", "", "runs clang, which is not watched"]),
    content=st.sampled_from(["", "0123456789abcdef"]),
)
TESTS = st.lists(WATCHED, max_size=20, unique_by=lambda test: test.name)


def watched(name: str, *numbers: int, tool: str = "llc", unknown: str = "") -> WatchedTest:
    return WatchedTest(name, Outcome.PASS, {tool: frozenset(numbers)}, unknown)


@settings(deadline=None)  # the first example imports numpy
@given(TESTS, st.integers(1, 64))
def test_what_was_watched_is_read_again(tests: list[WatchedTest], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_format, "_BLOCK", block)
        patch.setattr(map_format, "_ROWS", 8)
        found = read_map(write_map(ORIGIN, tests), "map")
    assert found.origin == ORIGIN
    again = [
        WatchedTest(
            name,
            found.outcomes[at],
            {tool: frozenset(numbers) for tool, numbers in found.entered_by(at).items()},
            found.unknown.get(at, ""),
            found.contents[at],
        )
        for at, name in enumerate(found.tests)
    ]
    assert again == sorted(tests, key=lambda test: test.name)
    counts = [sum(map(len, test.entered.values())) for test in again]
    assert found.counts() == counts == [found.count(at) for at in range(len(again))]


@settings(deadline=None)
@given(TESTS, NUMBERS)
def test_the_tests_that_enter_functions_are_those_that_entered_one(
    tests: list[WatchedTest], asked: frozenset[int]
) -> None:
    found = read_map(write_map(ORIGIN, tests), "map")
    entering = {found.tests[at] for at in found.entering(asked)}
    assert entering == {
        t.name for t in tests if any(asked.intersection(numbers) for numbers in t.entered.values())
    }
    assert set(found.functions()) == {n for t in tests for numbers in t.entered.values() for n in numbers}


def test_a_function_outside_the_table_is_a_fault() -> None:
    with pytest.raises(ValueError, match="is not below 40"):
        write_map(ORIGIN, [watched("a.ll", MOST)])


def test_the_same_tests_make_the_same_file() -> None:
    tests = [watched("a.ll", 1, 2), watched("b.ll", 2, 3, tool="opt")]
    assert write_map(ORIGIN, tests) == write_map(ORIGIN, tests[::-1])


NEXT = "next: make it again with 'harness reach build'"


@settings(deadline=None)
@given(st.data())
def test_a_map_with_another_byte_or_length_is_refused(data: st.DataObject) -> None:
    whole = write_map(ORIGIN, [watched("a.ll", 1, 2), watched("b.ll", 3)])
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        other = whole[:at]
    else:
        other = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    with pytest.raises(UnusableMapError):
        read_map(other, "map")


def test_what_is_wrong_with_a_map_is_said_in_one_line() -> None:
    whole = write_map(ORIGIN, [watched("a.ll", 1)])
    said = []
    for data in (b"PK", whole[:-3], _other_version()):
        with pytest.raises(UnusableMapError) as caught:
            read_map(data, "a.reach")
        said.append(str(caught.value))
    assert said == [
        "a.reach: is not a map of this harness's\nnext: make it with 'harness reach build'",
        f"a.reach: is damaged: its checksum is another one\n{NEXT}",
        f"a.reach: is a map of version 2, this harness reads 1\n{NEXT}",
    ]


def _other_version() -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_format, "VERSION", 2)
        return write_map(ORIGIN, [])

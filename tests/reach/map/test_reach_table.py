"""The table of functions: numbers stay right as it grows, and names are found again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reach.map.format import UnusableMapError, read_table, write_table
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

FUNCTIONS = st.builds(
    FunctionName, st.sampled_from(["", "", "X86.cpp", "A.c"]), st.text("abcZ_14$.", min_size=1, max_size=8)
)


def of(*names: str) -> list[FunctionName]:
    return [FunctionName(unit, name) for unit, _, name in (text.rpartition(":") for text in names)]


@settings(deadline=None)
@given(st.lists(st.sets(FUNCTIONS), max_size=4))
def test_numbers_stay_as_the_table_grows(batches: list[set[FunctionName]]) -> None:
    table = FunctionTable()
    for batch in batches:
        before, table = table, table.grown(batch)
        assert list(table)[: len(before)] == list(before)
        assert table.has_grown_from(len(before), before.digest) or not len(before)
    everything = set[FunctionName]().union(*batches)
    assert sorted(table) == sorted(everything)
    assert table.places(everything) == {name: at for at, name in enumerate(table)}
    assert table.names(range(len(table))) == list(table)
    assert read_table(write_table(table), "functions") == table


@settings(deadline=None)
@given(st.sets(FUNCTIONS), st.sets(FUNCTIONS), FUNCTIONS)
def test_a_global_name_is_that_of_hidden_functions_too(
    known: set[FunctionName], more: set[FunctionName], asked: FunctionName
) -> None:
    table = FunctionTable().grown(known).grown(more)
    assert table.places([asked]) == {name: at for at, name in enumerate(table) if name == asked}
    # A hidden function is global in objects, and a local one of some unit in the tools.
    expected = {
        at for at, name in enumerate(table) if name == asked or (not asked.unit and name.name == asked.name)
    }
    assert table.numbers([asked]) == ({asked: expected} if expected else {})
    assert not table.numbers(())


def test_a_function_that_some_tool_cannot_watch_has_no_number() -> None:
    hidden, twin = of("A.cpp:f", "B.cpp:f")
    table = FunctionTable().grown([hidden, twin], [twin])
    assert table.numbers([hidden]) == {hidden: {0}}
    assert table.numbers([twin]) == {}
    assert table.numbers(of("f")) == {}
    assert table.places([twin]) == {twin: 1}
    assert table.unwatched_names() == [twin]
    assert read_table(write_table(table), "functions") == table
    assert table.grown([], [twin]) is table


def test_a_table_that_has_all_names_is_itself() -> None:
    table = FunctionTable().grown(of("main", "A.cpp:f"))
    assert table.grown(of("A.cpp:f")) is table


def test_a_table_of_other_functions_has_not_grown_from_another() -> None:
    one, other = (FunctionTable().grown(of(name)) for name in ("f", "g"))
    assert not one.has_grown_from(1, other.digest)
    assert one.grown(of("h")).has_grown_from(1, one.digest)


def test_functions_are_found_by_a_part_and_by_their_unit() -> None:
    table = FunctionTable().grown(of("_ZN1A5visitEv", "_ZN1B5visitEi", "B.cpp:_ZL5visit", "C.cpp:B.cpp", "b"))
    assert sorted(table.matching(b"visit")) == sorted(of("_ZN1A5visitEv", "_ZN1B5visitEi", "B.cpp:_ZL5visit"))
    assert table.of_unit("B.cpp") == of("B.cpp:_ZL5visit")
    assert table.of_unit("D.cpp") == []


def test_a_damaged_table_is_refused_in_one_line() -> None:
    data = write_table(FunctionTable().grown(of("main")))
    with pytest.raises(UnusableMapError) as caught:
        read_table(data[:-1], "functions of LLVM 19.1.7")
    assert str(caught.value) == (
        "functions of LLVM 19.1.7: is damaged: its checksum is another one\n"
        "next: make it again with 'harness reach build'"
    )
